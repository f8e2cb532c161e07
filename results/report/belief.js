/* belief.js - what was measured, and whether it can be believed. */

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

	tiles.append(tile(thousands(String(data.rows.length)), [
		[data.rows.length, "row"], [distinct(lines.map((line) => line.name)).length, "server"],
		[tables.length, "workload"]].map(([n, noun], i) => (i > 0 ? n + " " : "") + noun +
		(n === 1 ? "" : "s")).join(", ")));
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

/* Rows that are not plainly VALID, by verdict and reason. Reasons that differ in a number only
 * are one. */
function troubleGroups() {
	const groups = new Map();

	for (const row of data.rows) {
		const verdict = cell(row, "verdict"), reason = cell(row, "verdict_reason") || "";
		if (!verdict || (verdict === "VALID" && !reason))
			continue;
		const key = verdict + "\n" + reason.replace(/\b\d[\d.,]*\b/g, "#");
		if (!groups.has(key))
			groups.set(key, {verdict, reason, reasons: new Set(), servers: new Set(), rows: 0});
		groups.get(key).rows++;
		groups.get(key).reasons.add(reason);
		groups.get(key).servers.add(serverName(row));
	}
	const order = (one) => verdictOrder.indexOf(one.verdict);
	return [...groups.values()].sort((a, b) => order(b) - order(a) || b.rows - a.rows);
}

function troubleTable(groups) {
	return h("table", {class: "plain stacking"}, h("thead", {}, h("tr", {},
		h("th", {}, "Verdict"), h("th", {class: "number"}, "Rows"), h("th", {}, "Reason"),
		h("th", {}, "Servers"))), h("tbody", {}, groups.slice(0, 100).map((one) => h("tr", {},
		h("td", {class: "verdict-" + one.verdict.replace(/\W/g, "")}, one.verdict),
		h("td", {class: "number", "data-name": "rows"}, String(one.rows)),
		h("td", {}, one.reason + (one.reasons.size > 1 ? " (and alike)" : "")),
		h("td", {}, serverList(one.servers))))));
}

function drawTroubles() {
	const parent = byId("troubles"), all = troubleGroups();
	const troubles = all.filter((one) => one.verdict !== "VALID");
	const remarks = all.filter((one) => one.verdict === "VALID");

	for (const text of data.missing)
		leftOut(parent, text);
	if (troubles.length > 0)
		parent.append(troubles.length > 8 ? h("details", {}, h("summary", {},
			`Reasons of verdicts (${troubles.length})`), troubleTable(troubles))
			: troubleTable(troubles));
	if (remarks.length > 0)
		parent.append(h("details", {}, h("summary", {},
			`Remarks on valid rows (${remarks.length})`), troubleTable(remarks)));
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

/* [[name, value, ..]]; values that differ are marked by more than colour. */
function factTable(pairs) {
	return h("table", {class: "plain facts-table"}, h("tbody", {}, pairs.map(([name, ...values]) => {
		const differs = distinct(values.map(factText)).length > 1;
		return h("tr", {class: differs ? "differs" : null},
			h("th", {scope: "row"}, (differs ? "≠ " : "") + name),
			values.map((value) => h("td", {}, factText(value))));
	})));
}

/* What is not among factNames, by dotted names. */
function otherFacts(environment) {
	const rest = new Map();

	for (const [key, value] of Object.entries(environment)) {
		if (factNames.some(([name]) => name === key))
			continue;
		if (value && typeof value === "object" && !Array.isArray(value))
			for (const [inner, one] of Object.entries(value))
				rest.set(key + " " + inner, one);
		else
			rest.set(key, value);
	}
	return rest;
}

function drawEnvironment() {
	const parent = byId("environment");
	const all = data.environments.map((one) => (one && typeof one === "object" ? one : {}));

	if (all.every((one) => Object.keys(one).length === 0)) {
		leftOut(parent, "The machine is not known: there is no environment.json.");
		return;
	}
	const known = factNames.filter(([key]) => all.some((one) => key in one))
		.map(([key, name]) => [name, ...all.map((one) => one[key])]);
	const half = all.length > 1 ? known.length : Math.ceil(known.length / 2);
	parent.append(h("h3", {}, "Machine and build" +
		(all.length > 1 ? ": base, and new" : "")), h("div", {class: "facts"},
		factTable(known.slice(0, half)), half < known.length ? factTable(known.slice(half)) : null));
	const rest = all.map(otherFacts);
	const names = distinct(rest.flatMap((one) => [...one.keys()]));
	parent.append(h("details", {class: "facts-rest"},
		h("summary", {}, "Kernel settings, mitigations, libraries"),
		factTable(names.map((name) => [name, ...rest.map((one) => one.get(name))]))));
}

function drawPlans() {
	data.plans.forEach((plan, i) => {
		if (plan)
			byId("plans").append(h("details", {}, h("summary", {}, "The plan as run" +
				(data.plans.length > 1 ? `: ${data.titles[i] ?? ["base", "new"][i]}` : "")),
			h("pre", {}, plan)));
	});
}

function drawBelief() {
	drawTiles();
	drawTroubles();
	drawPlans();
	drawEnvironment();
}
