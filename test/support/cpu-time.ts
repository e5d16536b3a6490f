/**
 * The processor time that some work takes, in milliseconds. Unlike the time on the clock it does not grow while others use the
 * machine, so a bound far above what the work needs tells whether it grows out of all proportion.
 */
export function cpuMs(work: () => unknown): number {
	const before = process.cpuUsage();
	work();
	const { user, system } = process.cpuUsage(before);
	return (user + system) / 1000;
}
