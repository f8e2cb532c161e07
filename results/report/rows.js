/*
 * rows.js - all rows: chosen, sorted, and those in view only are in the page, as there may be
 * ten thousand.
 */

const ROW_HEIGHT = 25, SPARE = 12, PRINTED = 300;

const rowView = {rows: [], columns: [], shown: null};

/* Remembers what a function of a text returned. */
function once(make) {
	const made = new Map();

	return (text) => {
		if (!made.has(text))
			made.set(text, make(text));
		return made.get(text);
	};
}

/* What tells rows apart, then what was measured first. */
const defaultColumns = once(() => {
	const wanted = isTasks ? data.servers.concat(data.tables, ["repetition"])
		: ["model", "server_options", "side", ...data.tables.slice().reverse(),
			"repetition", "throughput_rps", "response_p50_us", "response_p99_us",
			"service_p50_us", "service_p99_us", "cpu_us_per_request",
			"syscalls_per_request", "headroom", "verdict"];
	const always = ["model", "executor", "repetition", "connections", "throughput_rps",
		"verdict"];

	return wanted.concat(isTasks ? data.metrics.map((m) => m.name) : []).filter((name) => {
		if (!columnIndex.has(name))
			return false;
		const values = distinct(data.rows.map((row) => cell(row, name)));
		return always.includes(name) || values.length > 1;
	});
});

function cellText(row, column) {
	const value = row[column.index];

	if (value === null)
		return "";
	return typeof value === "number" ? thousands(value.toFixed(column.decimals))
		: String(value);
}

/* A condition COLUMN=VALUE, !=, <, <=, >, >=, or a word that some text of the row holds. */
function parseCondition(text) {
	const parts = text.match(/^(\w+)(!=|<=|>=|=|<|>)(.*)$/);

	if (!parts) {
		const word = text.toLowerCase();
		return (row) => row.some((value) =>
			typeof value === "string" && value.toLowerCase().includes(word));
	}
	const [, name, sign, wanted] = parts;
	if (!columnIndex.has(name))
		return null;
	const i = columnIndex.get(name), number = Number(wanted);
	const equal = (value) => (typeof value === "number" ? value === number
		: (value ?? "") === wanted);
	const tests = {
		"=": equal, "!=": (value) => !equal(value),
		"<": (value) => value !== null && value < number,
		"<=": (value) => value !== null && value <= number,
		">": (value) => value !== null && value > number,
		">=": (value) => value !== null && value >= number,
	};
	return (row) => tests[sign](row[i]);
}

/* null: a condition names no column. */
function parseWhere(text) {
	const conditions = text.split(/[\s,]+/).filter(Boolean).map(parseCondition);
	return conditions.includes(null) ? null : (row) => conditions.every((test) => test(row));
}

function compareCells(a, b) {
	if (a === null || b === null)
		return (a === null) - (b === null);
	if (typeof a === "number" && typeof b === "number")
		return a - b;
	return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

function chooseRows() {
	const test = parseWhere(state.where);
	const descending = state.sort.startsWith("-");
	const i = columnIndex.get(state.sort.replace(/^-/, ""));

	byId("where").classList.toggle("wrong", !test);
	rowView.rows = test ? data.rows.filter(test) : [];
	if (i !== undefined)
		rowView.rows.sort((a, b) => {
			const order = compareCells(a[i], b[i]);
			return a[i] === null || b[i] === null || !descending ? order : -order;
		});
	byId("count").textContent = test
		? `${thousands(String(rowView.rows.length))} of ` +
			`${thousands(String(data.rows.length))} rows`
		: "a condition names no column";
}

function headerCell(column) {
	const name = column.name;
	const direction = state.sort === name ? "ascending"
		: state.sort === "-" + name ? "descending" : "none";
	const arrow = {ascending: " ▲", descending: " ▼", none: ""}[direction];

	return h("th", {
		scope: "col", "aria-sort": direction, class: column.numeric ? "number" : null,
		style: `width: ${column.width}px`,
	}, h("button", {
		"data-column": name, click: () => {
			state.sort = direction === "ascending" ? "-" + name
				: direction === "descending" ? "" : name;
			drawRows(name);
		},
	}, name.split("_").flatMap((part, i) => (i > 0 ? ["_", h("wbr"), part] : [part])), arrow));
}

function bodyRow(row, number) {
	return h("tr", {"aria-rowindex": number + 2}, rowView.columns.map((column) => {
		const text = cellText(row, column);
		return h("td", {
			class: column.name === "verdict" ? "verdict-" + text.replace(/\W/g, "")
				: column.numeric ? "number" : null,
			title: text.length > 24 ? text : null,
		}, text);
	}));
}

function spacer(rows) {
	return h("tr", {class: "spacer", "aria-hidden": "true"},
		h("td", {colspan: rowView.columns.length, style: `height: ${rows * ROW_HEIGHT}px`}));
}

/* The rows in view and some around them. */
function drawVisible() {
	const view = byId("row-view");
	const body = view.querySelector("tbody");
	const all = document.documentElement.classList.contains("printing");
	const first = all ? 0 : Math.max(0, Math.floor(view.scrollTop / ROW_HEIGHT) - SPARE);
	const end = Math.min(rowView.rows.length, all ? PRINTED
		: first + Math.ceil(view.clientHeight / ROW_HEIGHT) + 2 * SPARE);
	const key = first + "-" + end;

	if (rowView.shown === key)
		return;
	rowView.shown = key;
	body.replaceChildren(
		...(first > 0 ? [spacer(first)] : []),
		...rowView.rows.slice(first, end).map((row, i) => bodyRow(row, first + i)),
		...(end < rowView.rows.length && !all ? [spacer(rowView.rows.length - end)] : []));
}

/* A column with a width for its longest text, so that scrolling moves nothing sideways. */
const layOutColumn = once((name) => {
	const index = columnIndex.get(name);
	const column = {...data.columns[index], index};
	let longest = Math.max(...name.split("_").map((part) => part.length)) + 3;

	for (const row of data.rows)
		longest = Math.max(longest, cellText(row, column).length);
	column.width = Math.min(360, Math.round(longest * 7.4 + 22));
	return column;
});

/* `focus` is the column whose button keeps the focus. */
function drawRows(focus) {
	const view = byId("row-view");
	const left = view.scrollLeft;

	chooseRows();
	rowView.columns = (state.columns || defaultColumns()).map((name) => layOutColumn(name));
	writeState();
	rowView.shown = null;
	const width = rowView.columns.reduce((sum, column) => sum + column.width, 0);
	view.replaceChildren(h("table", {"aria-rowcount": rowView.rows.length + 1,
		style: `width: ${width}px`},
	h("thead", {}, h("tr", {"aria-rowindex": 1}, rowView.columns.map(headerCell))),
	h("tbody")));
	view.scrollTop = 0;
	view.scrollLeft = left;
	drawVisible();
	if (focus)
		[...view.querySelectorAll("th button")].find(
			(button) => button.dataset.column === focus)?.focus();
}

function csvField(value, column) {
	const text = value === null ? ""
		: typeof value === "number" ? value.toFixed(column.decimals) : String(value);
	return /[",\r\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
}

/* The rows that are shown, with all their columns: a file that `iomodels show` reads. */
function csvText() {
	const head = data.columns.map((column) => column.name).join(",");
	const body = rowView.rows.map((row) =>
		row.map((value, i) => csvField(value, data.columns[i])).join(","));

	return [head, ...body, ""].join("\n");
}

function download() {
	const url = URL.createObjectURL(new Blob([csvText()], {type: "text/csv"}));

	h("a", {href: url, download: title + ".csv"}).click();
	setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/* Markdown's own signs, and HTML's, stay what they are. */
function markdownCell(text) {
	return text.replace(/[\\`*_{}[\]<>|#~&]/g, "\\$&").replace(/[\r\n]+/g, " ");
}

/* The rows that are shown, with the columns that are. */
function markdownText() {
	const line = (cells) => "| " + cells.map(markdownCell).join(" | ") + " |";

	return [line(rowView.columns.map((column) => column.name)),
		"|" + rowView.columns.map((column) => (column.numeric ? "--:|" : "---|")).join(""),
		...rowView.rows.map((row) => line(rowView.columns.map((column) => cellText(row, column)))),
		""].join("\n");
}

async function copyMarkdown(event) {
	const button = event.target, words = button.textContent;

	try {
		await navigator.clipboard.writeText(markdownText());
		button.textContent = "Copied";
	} catch (error) {
		button.textContent = "The browser does not allow it";
	}
	setTimeout(() => { button.textContent = words; }, 2000);
}

function columnChoices() {
	const boxes = data.columns.map((column) => h("label", {}, h("input", {
		type: "checkbox", value: column.name, change: () => {
			state.columns = boxes.map((label) => label.firstChild)
				.filter((box) => box.checked).map((box) => box.value);
			drawRows();
		},
	}), column.name));
	const chosen = state.columns || defaultColumns();

	for (const label of boxes)
		label.firstChild.checked = chosen.includes(label.firstChild.value);
	return h("details", {}, h("summary", {}, "Columns"), h("div", {class: "choices"}, boxes));
}

function setUpRows() {
	const where = h("input", {
		type: "search", id: "where", value: state.where, "aria-label": "Conditions",
		placeholder: "words, or conditions as connections>=64 verdict!=VALID",
		input: () => { state.where = where.value; drawRows(); },
	});

	byId("row-controls").append(h("div", {class: "controls"}, where,
		h("span", {id: "count", role: "status"}),
		h("button", {click: download}, "Download as CSV"),
		h("button", {click: copyMarkdown}, "Copy as Markdown")), columnChoices());
	byId("row-view").addEventListener("scroll", drawVisible, {passive: true});
	drawRows();
}
