import ts from "typescript";

/** What stands before each instrumented file, in its first line so that all others keep their numbers. */
const HEADER =
	"const __mutant__ = (globalThis as any).__mutant__ ??= (id: string) => process.env.PI_CREW_MUTANT === id; ";

/**
 * Puts all mutants of a source file into it at once, each behind a question that is true for one of them at a time:
 * `(__mutant__("7") ? changed : original)`. So the sources are compiled once, and a mutant is chosen while they run.
 *
 * @param nextId gives each mutant a name of its own
 */
export function instrument(path, text, nextId) {
	const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
	const mutants = [];
	const textOf = (node) => node.getText(source);

	const choice = (node, replacements, original) =>
		replacements.reduceRight((rest, replacement) => {
			if (replacement === textOf(node)) return rest;
			return `(__mutant__("${note(node, replacement)}") ? (${replacement}) : ${rest})`;
		}, `(${original})`);

	function note(node, replacement) {
		const { line, character } = source.getLineAndCharacterOfPosition(node.getStart(source));
		const id = nextId();
		mutants.push({ id, path, line: line + 1, column: character + 1, original: textOf(node), replacement });
		return id;
	}

	/** The text of a node with the mutants of all that is in it. */
	function inside(node) {
		let result = "";
		let at = node.getStart(source);
		ts.forEachChild(node, (child) => {
			const from = child.getStart(source);
			result += text.slice(at, from) + mutated(child);
			at = child.end;
		});
		return result + text.slice(at, node.end);
	}

	function mutated(node) {
		if (isLeftAlone(node)) return textOf(node);
		const original = inside(node);
		if (isRemovable(node)) {
			return `{ if (!__mutant__("${note(node, "")}")) { ${original} } }`;
		}
		if (!isValue(node)) return original;
		const replacements = replacementsOf(node, textOf);
		return replacements.length === 0 ? original : choice(node, replacements, original);
	}

	let body = "";
	let at = 0;
	for (const statement of source.statements) {
		body += text.slice(at, statement.getStart(source)) + mutated(statement);
		at = statement.end;
	}
	return { mutants, text: mutants.length === 0 ? text : HEADER + body + text.slice(at) };
}

/** Types, names of modules, and what is written to the debug log: none of it is behaviour. */
function isLeftAlone(node) {
	if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return true;
	if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeParameterDeclaration(node)) return true;
	if (ts.isTaggedTemplateExpression(node)) return true;
	return ts.isCallExpression(node) && /^debug(log)?$/.test(node.expression.getText());
}

/** A statement that only does something; without it the rest is still a program. */
function isRemovable(node) {
	if (!ts.isExpressionStatement(node)) return false;
	const { expression } = node;
	const call = ts.isAwaitExpression(expression) ? expression.expression : expression;
	return !(ts.isCallExpression(call) && /^(super|debug)$/.test(call.expression.getText()));
}

/** Whether an expression stands where any other expression may stand, so that it can be put into brackets. */
function isValue(node) {
	const { parent } = node;
	if (ts.isCallExpression(parent) && parent.expression === node) return false; // would lose its `this`
	if (ts.isOptionalChain(node) && ts.isOptionalChain(parent) && parent.expression === node) return false;
	if (ts.isPropertyAssignment(parent) && parent.name === node) return false;
	if (ts.isDeleteExpression(parent) || ts.isBindingElement(parent)) return parent.initializer === node;
	if (ts.isBinaryExpression(parent) && parent.left === node && isAssignment(parent.operatorToken.kind)) return false;
	return true;
}

function isAssignment(kind) {
	return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

const OPERATORS = {
	"&&": ["||"],
	"||": ["&&"],
	"===": ["!=="],
	"!==": ["==="],
	"<": ["<=", ">="],
	"<=": ["<", ">"],
	">": [">=", "<="],
	">=": [">", "<"],
	"+": ["-"],
	"-": ["+"],
	"*": ["/"],
	"/": ["*"],
	"%": ["*"],
};

/** Calls that can be left out, and those with an opposite. */
const LEFT_OUT = ["filter", "flat", "reverse", "slice", "sort", "trim", "trimEnd", "toLowerCase", "toUpperCase"];
const OPPOSITES = {
	some: "every",
	every: "some",
	min: "max",
	max: "min",
	startsWith: "endsWith",
	endsWith: "startsWith",
};

function replacementsOf(node, textOf) {
	if (ts.isStringLiteral(node)) return [node.text === "" ? '"mutant"' : '""'];
	if (ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateExpression(node)) return ['""'];
	if (node.kind === ts.SyntaxKind.TrueKeyword) return ["false"];
	if (node.kind === ts.SyntaxKind.FalseKeyword) return ["true"];
	if (ts.isArrayLiteralExpression(node)) return node.elements.length > 0 ? ["[]"] : [];
	if (isCondition(node)) return [...new Set(["true", "false", ...operatorsOf(node, textOf)])];
	if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) return arrowsOf(node, textOf);
	if (ts.isCallExpression(node)) return callsOf(node, textOf);
	return operatorsOf(node, textOf);
}

/** Both ways out of a branch are tried; a loop that never ends is not. */
function isCondition(node) {
	const { parent } = node;
	if (ts.isIfStatement(parent)) return parent.expression === node;
	return ts.isConditionalExpression(parent) && parent.condition === node;
}

function operatorsOf(node, textOf) {
	if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
		return [textOf(node.operand)];
	if (!ts.isBinaryExpression(node)) return [];
	const [left, right] = [textOf(node.left), textOf(node.right)];
	if (node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken) return [`(${left})`];
	const swaps = OPERATORS[node.operatorToken.getText()] ?? [];
	return swaps.map((operator) => `(${left}) ${operator} (${right})`);
}

function arrowsOf(node, textOf) {
	if (/^(undefined|\{\}|void .*)$/.test(textOf(node.body))) return [];
	const head = textOf(node).slice(0, node.body.getStart() - node.getStart());
	return [`${head}undefined`];
}

function callsOf(node, textOf) {
	const { expression } = node;
	if (!ts.isPropertyAccessExpression(expression) || ts.isOptionalChain(node)) return [];
	const [receiver, name] = [textOf(expression.expression), expression.name.text];
	if (LEFT_OUT.includes(name)) return [receiver];
	if (!Object.hasOwn(OPPOSITES, name)) return [];
	return [`${receiver}.${OPPOSITES[name]}${textOf(node).slice(textOf(expression).length)}`];
}
