/* winners.js - the first two panels: what can be believed, and who wins where. */

const verdictOrder = ["VALID", "UNSTABLE", "CLIENT_LIMITED", "SERVER_ERRORS", "CORRUPT",
	"UNAVAILABLE"];

function tile(value, label, kind) {
	return h("div", {class: "tile " + (kind || "")}, h("b", {}, value), h("span", {}, label));
}

function extremeOf(name, better) {
	let found = null;

	for (const row of data.rows) {
		const value = cell(row, name);
		if (typeof value === "number" && (found === null || better(value, cell(found, name))))
			found = row;
	}
	return found;
}

function rowWords(row) {
	return serverName(row) + (cell(row, "connections") !== null
		? ", " + word("connections", row) : "");
}

function drawTiles() {
	const tiles = byId("tiles");
	const verdicts = groupCount(data.rows.map((row) => cell(row, "verdict")).filter(Boolean));
	const kinds = {VALID: "good", UNSTABLE: "doubt", CLIENT_LIMITED: "doubt",
		UNAVAILABLE: "", null: ""};
	const least = extremeOf("headroom", (a, b) => a < b);
	const steal = extremeOf("steal_percent", (a, b) => a > b);

	tiles.append(tile(thousands(String(data.rows.length)),
		`rows, ${distinct(lines.map((line) => line.name)).length} servers, ` +
		`${tables.length} workloads`));
	for (const verdict of distinct([...verdictOrder, ...verdicts.keys()]))
		if (verdicts.has(verdict))
			tiles.append(tile(thousands(String(verdicts.get(verdict))), verdict,
				kinds[verdict] ?? "bad"));
	if (least)
		tiles.append(tile(format(cell(least, "headroom"), 2),
			`least headroom of the generator: ${rowWords(least)}`,
			cell(least, "headroom") < 1.2 ? "doubt" : ""));
	if (steal)
		tiles.append(tile(format(cell(steal, "steal_percent"), 1) + " %",
			"greatest share of CPU time taken by the host",
			cell(steal, "steal_percent") > 5 ? "doubt" : ""));
}

function groupCount(values) {
	const counts = new Map();

	for (const value of values)
		counts.set(value, (counts.get(value) || 0) + 1);
	return counts;
}

/* Rows that are not plainly VALID, by verdict and reason. */
function drawTroubles() {
	const groups = new Map();

	for (const row of data.rows) {
		const verdict = cell(row, "verdict"), reason = cell(row, "verdict_reason") || "";
		if (!verdict || (verdict === "VALID" && !reason))
			continue;
		const key = verdict + "\n" + reason;
		if (!groups.has(key))
			groups.set(key, {verdict, reason, servers: new Set(), rows: 0});
		groups.get(key).rows++;
		groups.get(key).servers.add(serverName(row));
	}
	for (const text of data.missing)
		leftOut(byId("troubles"), text);
	if (groups.size === 0)
		return;
	const order = (one) => verdictOrder.indexOf(one.verdict);
	const sorted = [...groups.values()].sort((a, b) => order(b) - order(a) || b.rows - a.rows);
	const table = h("table", {class: "plain"}, h("thead", {}, h("tr", {},
		h("th", {}, "Verdict"), h("th", {class: "number"}, "Rows"), h("th", {}, "Reason"),
		h("th", {}, "Servers"))), h("tbody", {}, sorted.slice(0, 100).map((one) => h("tr", {},
		h("td", {class: "verdict-" + one.verdict.replace(/\W/g, "")}, one.verdict),
		h("td", {class: "number"}, String(one.rows)), h("td", {}, one.reason),
		h("td", {}, serverList(one.servers))))));
	byId("troubles").append(sorted.length > 8
		? h("details", {}, h("summary", {}, `Reasons of verdicts (${sorted.length})`), table)
		: table);
}

function serverList(servers) {
	const names = [...servers];
	return names.length > 12 ? names.slice(0, 12).join(", ") + ` and ${names.length - 12} more`
		: names.join(", ");
}

const factNames = [
	["cpu_model", "CPU"], ["cpus", "CPUs"], ["cpus_allowed", "CPUs allowed"],
	["memory_kib", "memory, KiB"], ["kernel", "kernel"], ["os", "system"],
	["virtualisation", "virtualisation"], ["container", "container"], ["governor", "governor"],
	["turbo", "turbo"], ["smt", "SMT"], ["numa_nodes", "NUMA nodes"],
	["ulimit_nofile", "descriptors allowed"], ["compiler", "compiler"],
	["compiler_flags", "compiler flags"], ["iomodels_version", "iomodels"],
	["git_commit", "commit"], ["git_dirty", "uncommitted changes"], ["started_at", "begun"],
	["ended_at", "ended"], ["seed", "seed"], ["command_line", "command line"],
];

function factText(value) {
	if (value === null || value === undefined)
		return "not known";
	if (typeof value === "boolean")
		return value ? "yes" : "no";
	return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function factTable(pairs) {
	return h("table", {class: "plain facts-table"}, h("tbody", {}, pairs.map(([name, value]) =>
		h("tr", {}, h("th", {scope: "row"}, name), h("td", {}, factText(value))))));
}

function drawEnvironment() {
	const all = data.environment, parent = byId("environment");

	if (!all || typeof all !== "object") {
		leftOut(parent, "The machine is not known: there is no environment.json.");
		return;
	}
	const known = factNames.filter(([key]) => key in all).map(([key, name]) => [name, all[key]]);
	const half = Math.ceil(known.length / 2);
	parent.append(h("h3", {}, "Machine and build"), h("div", {class: "facts"},
		factTable(known.slice(0, half)), factTable(known.slice(half))));
	const rest = [];
	for (const [key, value] of Object.entries(all)) {
		if (factNames.some(([name]) => name === key))
			continue;
		if (value && typeof value === "object" && !Array.isArray(value))
			for (const [inner, one] of Object.entries(value))
				rest.push([key + " " + inner, one]);
		else
			rest.push([key, value]);
	}
	parent.append(h("details", {class: "facts-rest"},
		h("summary", {}, "Kernel settings, mitigations, libraries"), factTable(rest)));
}

function drawBelief() {
	drawTiles();
	drawTroubles();
	if (data.plan) {
		byId("plan").hidden = false;
		byId("plan").querySelector("pre").textContent = data.plan;
	}
	drawEnvironment();
}

/* The metric that a table's order follows from. */
function firstMetric(table) {
	return table.lines[0].open ? data.first_open : data.first;
}

function dotFigure(table, metrics, caption, filter) {
	const some = table.lines.filter((line) => shown(line) && filter(line));

	if (some.length === 0)
		return null;
	/* Room for it before it is drawn: nothing moves then. */
	const node = h("div", {class: "dots",
		style: `min-height: ${TOP + ROW * some.length + BOTTOM}px`});
	drawLater(node, () => drawDots(node, some, metrics, caption));
	return h("figure", {}, h("figcaption", {}, caption), node);
}

/* Curves of a metric over a column: points of all repetitions stand beside the medians. */
function curveSets(group, metric, position, some) {
	const nth = variants(some);

	return some.map((server, i) => curveSet(server.line, server.points.flatMap(({x, line}) => {
		const value = valueOf(line, metric);
		return value ? [{x: position(x), y: value.median,
			note: `${valueText(line, metric)} at ${thousands(String(x))}`}] : [];
	}), nth[i], true));
}

/* Equal steps for equal factors; 0 stands one step before the least. */
function stepsOf(xs) {
	const least = Math.min(...xs.filter((x) => x > 0));
	return (x) => (x > 0 ? Math.log2(x) : Math.log2(least) - 2);
}

function connectionCurves(parent, column, title) {
	const figures = [];

	for (const group of seriesOver(column)) {
		const some = group.servers.filter((server) => shown(server.line) &&
			server.points.some(({line}) => valueOf(line, "throughput_rps")));
		if (some.length === 0 || some[0].line.open)
			continue;
		const position = stepsOf(group.xs);
		const places = new Map(group.xs.map((x) => [position(x), shortNumber(x)]));
		figures.push(curveFigure(headingOf(group, column) || "All servers", "",
			() => curveSets(group, "throughput_rps", position, some), {
				x: {title, ticks: [...places.keys()], tick: (v) => places.get(v) ?? "",
					min: Math.min(...places.keys()) - 0.3,
					max: Math.max(...places.keys()) + 0.3},
				y: {title: "requests/s", tick: shortNumber},
			}));
	}
	if (figures.length > 0)
		parent.append(h("h3", {}, "Throughput over " + title),
			h("div", {class: "figures" + (figures.length === 1 ? " wide" : "")}, figures));
}

function drawWinners() {
	const panel = byId("winners-body");
	forget(panel);
	const figures = measuredTables.map((table) => dotFigure(table, [firstMetric(table)],
		headingOf(table), (line) => valueOf(line, firstMetric(table)))).filter(Boolean);

	panel.append(h("p", {class: "quiet"}, "Medians; a bar is the interval of the median where ",
		"there are five repetitions or more, small dots are the repetitions. * is the best of ",
		"its workload and what is tied with it. Workloads and placements are not ranked ",
		"against each other."));
	if (figures.length === 0)
		leftOut(panel, lines.some(shown) ? "Nothing was measured."
			: "All servers are taken out.");
	if (hasCurves && metricIndex.has("throughput_rps")) {
		connectionCurves(panel, "connections", "connections");
		connectionCurves(panel, "idle_connections", "idle connections");
	} else if (!hasCurves) {
		leftOut(panel, "No curves: this program was built without Chart.js " +
			"(Debian package libjs-chart.js).");
	}
	panel.append(h("div", {class: figures.length === 1 ? "figures wide" : "poured"}, figures));
}
