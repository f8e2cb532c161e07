/* marks.js - one colour for each family and one shape for each model, the same everywhere. */

/* Within 5 px of their centre. */
const shapes = [
	"M-4.1,0A4.1,4.1 0 1 1 4.1,0A4.1,4.1 0 1 1 -4.1,0Z",
	"M-3.6,-3.6H3.6V3.6H-3.6Z",
	"M0,-4.8L4.6,3.4H-4.6Z",
	"M0,-5.2L4.4,0L0,5.2L-4.4,0Z",
	"M0,4.8L4.6,-3.4H-4.6Z",
	"M-1.6,-4.6H1.6V-1.6H4.6V1.6H1.6V4.6H-1.6V1.6H-4.6V-1.6H-1.6Z",
	"M2.3,-4.5L4.5,-2.3L2.2,0L4.5,2.3L2.3,4.5L0,2.2L-2.3,4.5L-4.5,2.3L-2.2,0L-4.5,-2.3" +
		"L-2.3,-4.5L0,-2.2Z",
	"M-4.2,-4.2H4.2L-4.2,4.2H4.2Z",
	"M0,-5.4L1.5,-1.7L5.1,-1.7L2.2,.8L3.2,4.6L0,2.4L-3.2,4.6L-2.2,.8L-5.1,-1.7L-1.5,-1.7Z",
	"M-4.2,-4.2V4.2L4.2,-4.2V4.2Z",
];

const families = [
	"iterative", "process", "thread", "hybrid", "reactor", "library", "coroutine",
	"completion", "signal", "kernel", "datagram",
];

const dashes = [[], [6, 3], [2, 3], [8, 3, 2, 3], [1, 2]];

/* The family of a kind of executor is what it is called by. */
function familyOf(model) {
	const known = data.models.find((one) => one.name === model);
	const family = known ? known.family : model;

	return families.includes(family) ? family : "other";
}

const marks = new Map(); /* model -> {family, path} */

/* Shapes are dealt within a family, each beginning with another one. */
function dealMarks() {
	const dealt = new Map();
	const models = distinct([...data.models.map((one) => one.name),
		...lines.map((line) => line.model)]);

	for (const model of models) {
		const family = familyOf(model);
		const nth = dealt.get(family) || 0;
		const start = 3 * (families.indexOf(family) + 1);
		dealt.set(family, nth + 1);
		marks.set(model, {family, path: shapes[(start + nth) % shapes.length]});
	}
}
dealMarks();

function isHollow(line) {
	if (hasSides)
		return line.side === "base";
	return line.model.startsWith("python:") || cell(line.first, "language") === "python";
}

/* {family, path, hollow, variable}: `variable` is the name of the colour. */
function markOf(line) {
	const mark = marks.get(line.model);
	return {...mark, hollow: isHollow(line), variable: "--f-" + mark.family};
}

function colourOf(line) {
	return cssValue(markOf(line).variable);
}

/* A mark as an SVG path; its colour follows the page's. */
function markNode(line, x, y) {
	const mark = markOf(line);

	return s("path", {
		class: mark.hollow ? "mark hollow" : "mark", d: mark.path,
		style: `color: var(${mark.variable})`, transform: `translate(${x},${y})`,
	});
}

function summaryOf(model) {
	const known = data.models.find((one) => one.name === model);
	return known ? known.summary : "";
}

/* All servers, by family, as buttons that take them out of the charts and in again. */
function drawLegend(parent, changed) {
	const servers = new Map();

	for (const line of lines)
		if (!servers.has(line.name))
			servers.set(line.name, line);
	const names = [...servers.keys()];
	const order = [...marks.keys()];
	const buttons = [];

	function press() {
		for (const [name, button] of buttons)
			button.setAttribute("aria-pressed", String(!state.off.has(name)));
		changed();
	}
	for (const family of [...families, "other"]) {
		const ours = [...servers.values()]
			.filter((line) => markOf(line).family === family)
			.sort((a, b) => order.indexOf(a.model) - order.indexOf(b.model));
		if (ours.length === 0)
			continue;
		parent.append(h("div", {class: "family"}, h("b", {}, family), ours.map((line) => {
			const button = h("button", {
				class: "chip", "aria-pressed": String(!state.off.has(line.name)),
				title: summaryOf(line.model),
				click: () => {
					if (!state.off.delete(line.name))
						state.off.add(line.name);
					press();
				},
			}, s("svg", {width: 13, height: 13, viewBox: "-6 -6 12 12",
				"aria-hidden": "true"}, markNode(line, 0, 0)), line.name);
			buttons.push([line.name, button]);
			return button;
		})));
	}
	parent.append(h("div", {class: "all-none"},
		h("button", {click: () => { state.off.clear(); press(); }}, "All"),
		h("button", {click: () => { names.forEach((name) => state.off.add(name)); press(); }},
			"None")));
}
