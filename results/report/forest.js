/*
 * forest.js - changes as points with intervals, a line for each, under headings. Values are
 * logarithms of ratios, more than 0 is worse.
 *
 * An entry is {group, label, estimate, low, high, limit, sign, word, colour, change, note}; low and
 * high may be null (no bound), limit too (nothing is judged).
 */

const STACKED_BELOW = 620; /* texts above their axis */
const PERCENT_UP_TO = 0.22; /* beyond it an axis counts in factors */

function percent(value) {
	return 100 * Math.expm1(value);
}

function signed(value, decimals) {
	return (value > 0 ? "+" : value < 0 ? "−" : "") + Math.abs(value).toFixed(decimals) + " %";
}

/* All estimates and limits are in view, and of intervals those that are not far longer. */
function forestReach(entries) {
	const sizes = (names) => entries.flatMap((one) => names.map((name) => one[name]))
		.filter(Number.isFinite).map(Math.abs).sort((a, b) => a - b);
	const ends = sizes(["low", "high"]);
	const most = Math.max(0.01, ...sizes(["estimate", "limit"]));

	return 1.1 * Math.max(most, Math.min(ends[Math.floor(0.9 * (ends.length - 1))] || 0, 4 * most));
}

/* [{at, text}] on both sides of 0. */
function forestTicks(reach, few) {
	const steps = reach < PERCENT_UP_TO
		? linearTicks(percent(reach / 1.1), few ? 2 : 3).slice(1).flatMap((p) => [
			{at: Math.log1p(p / 100), text: signed(p, p % 1 ? 1 : 0)},
			{at: Math.log1p(-p / 100), text: signed(-p, p % 1 ? 1 : 0)}])
		: [1.2, 1.5, 2, 3, 5, 10, 30, 100].flatMap((factor) => [
			{at: Math.log(factor), text: "×" + factor},
			{at: -Math.log(factor), text: "÷" + factor}]);
	const inside = steps.filter(({at}) => Math.abs(at) <= reach);
	const ticks = [{at: 0, text: "0"}];

	/* From the middle, those that have room. */
	for (const tick of inside.sort((a, b) => Math.abs(a.at) - Math.abs(b.at)))
		if (ticks.every((other) => Math.abs(other.at - tick.at) > reach / (few ? 3 : 5)))
			ticks.push(tick);
	return ticks;
}

/* Its ends in the axis' bounds; an arrow where it goes on. */
function whiskerNodes(one, at, reach, y) {
	const low = one.low === null ? -Infinity : one.low;
	const high = one.high === null ? Infinity : one.high;
	const nodes = [s("line", {class: "whisker", x1: at(Math.max(low, -reach)),
		x2: at(Math.min(high, reach)), y1: y, y2: y})];

	if (low < -reach)
		nodes.push(s("path", {class: "arrow", d: `M${at(-reach)},${y}l5,-4v8z`}));
	if (high > reach)
		nodes.push(s("path", {class: "arrow", d: `M${at(reach)},${y}l-5,-4v8z`}));
	return nodes;
}

/* y0 is the entry's upper edge. */
function forestEntry(one, y0, look) {
	const {width, left, at, reach, stacked, tall} = look;
	const text = y0 + 15, y = stacked ? y0 + 29 : y0 + ROW / 2;
	const room = stacked ? width - 150 : look.labels;
	const nodes = [s("rect", {class: "under", x: 0, y: y0, width, height: tall})];

	if (one.limit !== null && one.limit > 0)
		nodes.push(s("rect", {class: "band", x: at(-one.limit),
			width: at(one.limit) - at(-one.limit), y: y - ROW / 2 + 3, height: ROW - 6}));
	if (Number.isFinite(one.estimate))
		nodes.push(whiskerNodes(one, at, reach, y), s("circle", {class: "mark",
			cx: at(Math.max(-reach, Math.min(reach, one.estimate))), cy: y, r: 4}));
	nodes.push(s("text", {x: stacked ? 0 : left - GAP, y: text,
		"text-anchor": stacked ? "start" : "end"}, shortened(one.label, Math.floor(room / 6.7))),
	s("text", {x: stacked ? width : look.right + 12, y: text, class: "best verdict",
		"text-anchor": stacked ? "end" : "start"},
	`${one.sign} ${one.word}` + (stacked && one.change ? `  ${one.change}` : "")),
	s("title", {}, one.note));
	if (!stacked)
		nodes.push(s("text", {x: width, y: text, "text-anchor": "end"}, one.change));
	return s("g", {class: "row entry", style: `color: var(${one.colour})`}, nodes);
}

function forestLook(node, entries) {
	const width = widthOf(node), stacked = width < STACKED_BELOW;
	const longest = Math.max(...entries.map((one) => one.label.length));
	const labels = stacked ? 0 : Math.min(longest * 6.7 + 4, width * 0.36);
	const left = stacked ? 10 : labels + GAP, right = stacked ? width - 10 : width - 195;
	const reach = forestReach(entries);

	return {width, stacked, labels, left, right, reach, tall: stacked ? 40 : ROW,
		at: (value) => (left + right) / 2 + (right - left) / 2 * value / reach};
}

function forestAxis(look, height) {
	const {at, left, right, width, stacked} = look;

	return [s("text", {x: left, y: 12, class: "quiet"}, "← better"),
		s("text", {x: right, y: 12, class: "quiet", "text-anchor": "end"}, "worse →"),
		stacked ? null : s("text", {x: width, y: 12, class: "quiet", "text-anchor": "end"},
			"change"),
		forestTicks(look.reach, stacked).map((tick) => [
			s("line", {class: tick.at === 0 ? "limit" : "grid", x1: at(tick.at),
				x2: at(tick.at), y1: TOP - 4, y2: height - BOTTOM,
				"pointer-events": "none"}),
			s("text", {class: "quiet", x: at(tick.at), y: TOP - 8,
				"text-anchor": "middle"}, tick.text)])];
}

function drawForest(node, entries, label) {
	const look = forestLook(node, entries);
	const parts = [];
	let y = TOP, group = null;

	for (const one of entries) {
		if (one.group !== group && one.group) {
			parts.push(s("text", {class: "best", x: 0, y: y + 16},
				shortened(one.group, Math.floor(look.width / 7)),
				s("title", {}, one.group)));
			y += ROW + 3;
		}
		group = one.group;
		parts.push(forestEntry(one, y, look));
		y += look.tall;
	}
	const height = y + BOTTOM;
	node.replaceChildren(s("svg", {class: "forest", width: look.width, height, role: "img",
		viewBox: `0 0 ${look.width} ${height}`, "aria-label": label},
	forestAxis(look, height), parts));
}

function forestFigure(entries, label) {
	const node = h("div", {class: "dots",
		style: `min-height: ${TOP + ROW * entries.length + BOTTOM}px`});

	drawLater(node, () => drawForest(node, entries, label));
	return node;
}

/* The numbers behind a plot, for eyes, ears and paper. `rows` are of texts but for the first
 * cell, a verdict. */
function numbersTable(headings, rows) {
	return h("details", {class: "numbers"}, h("summary", {}, "The same as a table"),
		h("div", {class: "sideways", tabindex: 0, role: "region", "aria-label": "The same as a table"},
			h("table", {class: "plain"}, h("thead", {}, h("tr", {}, headings.map((heading, i) =>
				h("th", {class: i > 2 ? "number" : null}, heading)))),
			h("tbody", {}, rows.map(([verdict, ...texts]) => h("tr", {},
				h("td", {style: `color: var(${lookOf(verdict).colour})`},
					`${lookOf(verdict).sign} ${verdict}`),
				texts.map((text, i) => h("td", {class: i > 1 ? "number" : null}, text))))))));
}

function intervalWords(low, high, decimals) {
	const end = (value) => (Number.isFinite(value) ? signed(value, decimals) : "open");
	return `${end(low)} .. ${end(high)}`;
}
