/* data.js - the rows and lines of the page, by name, and how values are written. */

const data = JSON.parse(byId("data").textContent);
const columnIndex = new Map(data.columns.map((column, i) => [column.name, i]));
const metricIndex = new Map(data.metrics.map((metric, i) => [metric.name, i]));
const isTasks = columnIndex.has("executor");
const title = data.titles.map((name) => name ?? "a file").join(" → ");

function cell(row, name) {
	const i = columnIndex.get(name);
	return i === undefined ? null : row[i];
}

/* A line's value: {median, low, high, level, best, atLeast}, or null. */
function valueOf(line, name) {
	const value = line.values[metricIndex.get(name)];

	if (!value)
		return null;
	const [median, low, high, level, best, atLeast] = value;
	return {median, low, high, level, best, atLeast};
}

function metricOf(name) {
	return data.metrics[metricIndex.get(name)];
}

function thousands(text) {
	const [whole, fraction] = text.split(".");
	const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
	return fraction ? grouped + "." + fraction : grouped;
}

function format(value, decimals) {
	return value === null || value === undefined ? "-" : thousands(value.toFixed(decimals));
}

function shortNumber(value) {
	const size = Math.abs(value);

	if (Number.isNaN(value))
		return "-";
	if (size >= 1e6)
		return +(value / 1e6).toPrecision(3) + "M";
	if (size >= 1e4)
		return +(value / 1e3).toPrecision(3) + "k";
	return String(+value.toPrecision(3));
}

/* Microseconds as people say them. */
function duration(us) {
	if (us >= 1e6)
		return +(us / 1e6).toPrecision(3) + " s";
	return us >= 1e3 ? +(us / 1e3).toPrecision(3) + " ms" : +us.toPrecision(3) + " us";
}

function bytes(value) {
	if (typeof value !== "number")
		return String(value);
	return value >= 1024 && value % 1024 === 0 ? value / 1024 + " KiB" : value + " B";
}

function isTime(name) {
	return name.endsWith("_us") || name === "cpu_us_per_request";
}

/* A metric's values on an axis. */
function tickOf(name, value) {
	if (name.endsWith("_bytes"))
		return shortNumber(value) + " B";
	return isTime(name) ? duration(value) : shortNumber(value);
}

const words = {
	placement: (v, row) => (cell(row, "server_cpus") === null ? v
		: `${v} (server CPU ${cell(row, "server_cpus")}, ` +
			`client CPU ${cell(row, "client_cpus")})`),
	transport: (v) => v,
	loop: (v) => v + " loop",
	offered_rps: (v) => shortNumber(v) + " requests/s offered",
	arrivals: (v) => v,
	work: (v) => (v === "none" ? "no work" : v),
	work_us: () => "",
	churn: (v) => (v ? v + (v === 1 ? " request" : " requests") + " per connection" : ""),
	depth: (v) => "depth " + v,
	payload_bytes: (v) => bytes(v),
	idle_connections: (v) => (v ? thousands(String(v)) + " idle connections" : "none idle"),
	connections: (v) => thousands(String(v)) + (v === 1 ? " connection" : " connections"),
	tasks: (v) => thousands(String(v)) + " tasks",
};

function word(name, row) {
	const value = cell(row, name);

	if (value === null || value === "")
		return "";
	return words[name] ? words[name](value, row) : name + " " + value;
}

/* "epoll", "libev:backend=poll", "thread python, 8 workers" */
function serverName(row) {
	const parts = data.servers.map((name) => cell(row, name));

	if (isTasks)
		return `${parts[0]} ${parts[1]}, ${parts[2]} workers` +
			(parts[3] > 1 ? `, chunks of ${parts[3]}` : "");
	return (parts[0] ?? "?") + (parts[1] ? ":" + parts[1] : "") +
		(parts[2] ? " " + parts[2] : "");
}

const lines = data.lines.map((raw, index) => {
	const rows = raw.rows.map((i) => data.rows[i]);

	return {
		...raw, index, rows, first: rows[0],
		model: cell(rows[0], isTasks ? "executor" : "model") ?? "?",
		side: cell(rows[0], "side"),
		name: serverName(rows[0]),
		open: cell(rows[0], "loop") === "open",
		worst: data.rows[raw.worst],
	};
});

/* Lines that have these columns in common, in the order of the file. */
function groupBy(some, names) {
	const groups = new Map();

	for (const line of some) {
		const key = JSON.stringify(names.map((name) => cell(line.first, name)));
		if (!groups.has(key))
			groups.set(key, {key, first: line.first, lines: []});
		groups.get(key).lines.push(line);
	}
	return [...groups.values()];
}

const tables = groupBy(lines, data.tables);
/* Of base and new, in which hollow is base. */
const hasSides = lines.some((line) => line.side);

const measuredTables = tables.filter((table) => table.lines.some(
	(line) => line.values.some((value) => value)));

function distinct(values) {
	return [...new Set(values)];
}

/* What all tables have in common stands above them, once; the rest in their headings. */
const varying = data.tables.filter((name) =>
	distinct(tables.map((table) => cell(table.first, name))).length > 1);
const common = data.tables.filter((name) => !varying.includes(name));

const wordOrder = ["tasks", "connections", "idle_connections", "payload_bytes", "depth",
	"transport", "work", "churn", "loop", "offered_rps", "arrivals", "placement"];

function wordsOf(names, row) {
	return wordOrder.filter((name) => names.includes(name)).map((name) => word(name, row))
		.filter(Boolean);
}

function headingOf(table, without) {
	const parts = wordsOf(varying.filter((name) => name !== without), table.first);

	if (parts.length > 0)
		return parts.join(", ");
	return without ? "" : word(isTasks ? "tasks" : "connections", table.first);
}

/*
 * The groups of tables that differ in one column only, as [{first, lines, xs}] with lines
 * {name, model, points [{x, line}]}: curves over that column.
 */
function seriesOver(name) {
	const others = data.tables.filter((other) => other !== name);

	return groupBy(lines, others).map((group) => {
		const xs = distinct(group.lines.map((line) => cell(line.first, name)))
			.filter((x) => typeof x === "number").sort((a, b) => a - b);
		const servers = new Map();
		for (const line of group.lines) {
			if (!servers.has(line.name))
				servers.set(line.name, {name: line.name, line, points: []});
			servers.get(line.name).points.push({x: cell(line.first, name), line});
		}
		for (const server of servers.values())
			server.points.sort((a, b) => a.x - b.x);
		return {first: group.first, xs, servers: [...servers.values()]};
	}).filter((group) => group.xs.length > 1);
}

/* The state of the page, in its address. */
const state = {off: new Set(), table: 0, sort: "", where: "", columns: null};

function readState() {
	const hash = new URLSearchParams(location.hash.slice(1));
	const table = Number(hash.get("table"));

	state.off = new Set((hash.getAll("off")));
	state.table = Number.isInteger(table) && table >= 0 && table < measuredTables.length
		? table : 0;
	state.sort = hash.get("sort") || "";
	state.where = hash.get("where") || "";
	state.columns = hash.has("columns")
		? hash.get("columns").split(",").filter((name) => columnIndex.has(name)) : null;
}

function writeState() {
	const hash = new URLSearchParams();

	for (const name of state.off)
		hash.append("off", name);
	if (state.table)
		hash.set("table", state.table);
	if (state.sort)
		hash.set("sort", state.sort);
	if (state.where)
		hash.set("where", state.where);
	if (state.columns)
		hash.set("columns", state.columns.join(","));
	const text = hash.toString();
	history.replaceState(null, "", text ? "#" + text : location.pathname + location.search);
}

function shown(line) {
	return !state.off.has(line.name);
}
