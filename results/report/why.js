/* why.js - what a request costs: CPU, system calls, context switches, memory. */

const causes = [
	"cpu_us_per_request", "syscalls_per_request", "ctx_switches_per_request",
	"pss_per_connection_bytes", "system_memory_per_connection_bytes", "connect_p50_us",
	"speedup", "cpu_s", "utilisation",
];

const causeWords = {
	syscalls_per_request: "system calls per request were not counted",
	pss_per_connection_bytes: "memory per connection was not measured (few connections)",
};

/* What a connection costs, where there is more than one number of them. */
function drawMemory(panel) {
	for (const [name, what] of [
		["pss_per_connection_bytes", "Memory of the server per connection"],
		["system_memory_per_connection_bytes", "Memory of the whole machine per connection"]])
		if (metricIndex.has(name))
			for (const column of Object.keys(columnTitles))
				curvesOver(panel, column, name, what, {log: true,
					title: "KiB per connection", tick: sparseNumber});
}

function drawWhy() {
	const panel = byId("why-body"), table = measuredTables[state.table];
	forget(panel);
	if (!table) {
		leftOut(panel, "Nothing was measured.");
		return;
	}
	const has = (name) => metricIndex.has(name) &&
		table.lines.some((line) => shown(line) && valueOf(line, name));
	const metrics = causes.filter(has);

	if (measuredTables.length > 1)
		panel.append(workloadChoice("why"));
	if (metrics.length === 0) {
		leftOut(panel, "Neither CPU time nor anything else of the servers was measured.");
		return;
	}
	panel.append(h("div", {class: "figures wide"},
		dotFigure(table, metrics, headingOf(table), () => true)));
	if (hasCurves)
		drawMemory(panel);
	for (const [name, reason] of Object.entries(causeWords))
		if (!isTasks && !has(name))
			leftOut(panel, "Left out: " + reason + ".");
	if (table.lines.some((line) => line.elsewhere))
		leftOut(panel, "A server whose work is done on the client's CPU is not ranked by CPU.");
}
