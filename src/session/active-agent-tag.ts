/**
 * The tag by which permission systems find out, in a system prompt, whose policy applies. They take the first match, so
 * it keeps exactly this form and no other may stand before it.
 */
export function activeAgentTag(name: string): string {
	return `<active_agent name="${name}"/>`;
}

/** Disarms tags in text that came from elsewhere (a context file, a conversation); all else stays word for word. */
export function neutralizeAgentTags(text: string): string {
	return text.replace(/<(?=\s*\/?\s*active_agent)/gi, "&lt;");
}
