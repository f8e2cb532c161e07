/*
 * changed.js - of a check: what changed from base to new. All values are logarithms of ratios,
 * more than 0 is worse; axes show them as per cent.
 */

const check = data.check && Array.isArray(data.check.rows) ? data.check : null;

const verdictSigns = {
	REGRESSION: "▲", INVALID: "✕", INCONCLUSIVE: "?", IMPROVED: "▼", EQUIVALENT: "=",
	REPORTED: "·",
};

const verdictColours = {
	REGRESSION: "--bad", INVALID: "--bad", INCONCLUSIVE: "--doubt", IMPROVED: "--f-reactor",
	EQUIVALENT: "--good", REPORTED: "--quiet",
};

function percent(value) {
	return 100 * Math.expm1(value);
}

function signed(value, decimals) {
	return (value > 0 ? "+" : value < 0 ? "−" : "") + Math.abs(value).toFixed(decimals) + " %";
}

/* The metrics that were measured, one entry for each. */
function findings() {
	return check.rows.flatMap((row) => (row.metrics || [])
		.filter((metric) => metric.finding)
		.map((metric) => ({row, metric, finding: metric.finding,
			name: `${row.server}, ${row.scenario}: ${metric.metric}`})));
}

/* From -reach to reach, 0 in the middle. */
function forestScale(reach, left, right) {
	return (value) => (left + right) / 2 + (right - left) / 2 *
		Math.max(-1, Math.min(1, value / reach));
}

function forestTicks(reach) {
	const steps = linearTicks(percent(reach), 3).slice(1);
	return [...steps.map((p) => -p).reverse(), 0, ...steps];
}

function forestRow(one, i, at, geometry) {
	const y = TOP + ROW * i + ROW / 2;
	const {metric, finding} = one;
	const sign = verdictSigns[metric.verdict] || "·";
	const limit = metric.limit;
	const change = metric.change_percent;
	const nodes = [s("rect", {class: "under", x: 0, y: y - ROW / 2, width: geometry.width,
		height: ROW})];

	if (metric.gated && limit !== null)
		nodes.push(s("rect", {class: "band", x: at(-limit), width: at(limit) - at(-limit),
			y: y - ROW / 2 + 2, height: ROW - 4}));
	if (finding.low !== null && finding.high !== null)
		nodes.push(s("line", {class: "whisker", x1: at(finding.low), x2: at(finding.high),
			y1: y, y2: y}));
	nodes.push(s("circle", {class: "mark", cx: at(finding.estimate), cy: y, r: 4}),
		s("text", {x: geometry.labels, y: y + 4, "text-anchor": "end"}, one.name),
		s("text", {x: geometry.right + 12, y: y + 4, style: "fill: currentColor",
			class: "best"}, `${sign} ${metric.verdict}`),
		s("text", {x: geometry.width, y: y + 4, "text-anchor": "end"},
			change === null || change === undefined ? "" : signed(change, 1)),
		s("title", {}, `${one.name}: ${metric.verdict}` +
			(metric.reason ? ", " + metric.reason : "") +
			`; ${finding.launches} launches, estimate ` +
			`${signed(percent(finding.estimate), 2)}` +
			(finding.detectable !== null
				? `, detectable ${signed(percent(finding.detectable), 1)}` : "")));
	return s("g", {class: "row",
		style: `color: var(${verdictColours[metric.verdict] || "--quiet"})`}, nodes);
}

function drawForest(node, all) {
	const width = widthOf(node);
	const longest = Math.max(...all.map((one) => one.name.length));
	const labels = Math.min(longest * 6.7 + 4, width * 0.42);
	const geometry = {width, labels, right: width - 190};
	const values = all.flatMap(({metric, finding}) => [finding.estimate, finding.low,
		finding.high, metric.gated ? metric.limit : null]).filter(Number.isFinite);
	const reach = 1.1 * Math.max(...values.map(Math.abs), 0.01);
	const at = forestScale(reach, labels + GAP, geometry.right);
	const height = TOP + ROW * all.length + BOTTOM;

	node.replaceChildren(s("svg", {width, height, viewBox: `0 0 ${width} ${height}`,
		role: "img", "aria-label": "Changes with their intervals and margins"},
	s("text", {x: labels + GAP, y: 12, class: "quiet"}, "← better"),
	s("text", {x: geometry.right, y: 12, class: "quiet", "text-anchor": "end"}, "worse →"),
	s("text", {x: width, y: 12, class: "quiet", "text-anchor": "end"}, "change"),
	all.map((one, i) => forestRow(one, i, at, geometry)),
	forestTicks(reach).flatMap((p) => {
		const x = at(Math.log1p(p / 100));
		return [s("line", {class: p === 0 ? "limit" : "grid", x1: x, x2: x, y1: TOP - 4,
			y2: height - BOTTOM, "pointer-events": "none"}),
		s("text", {class: "quiet", x, y: TOP - 8, "text-anchor": "middle"},
			p === 0 ? "0" : signed(p, p % 1 ? 1 : 0))];
	})));
}

/* The launches of one metric in the order in which they were made. */
function drawLaunches(node, one) {
	const width = widthOf(node), height = 130, left = 52, right = width - 6;
	const parts = [["screen", one.metric.screen || []], ["confirm", one.metric.confirm || []]];
	const all = parts.flatMap(([kind, values]) => values.map((value) => ({kind, value})));
	const known = all.filter(({value}) => value !== null);
	const limit = one.metric.gated ? one.metric.limit : null;
	const reach = 1.15 * Math.max(...known.map(({value}) => Math.abs(value)), limit || 0, 0.005);
	const y = (value) => 10 + (height - 34) / 2 * (1 - value / reach);
	const x = (i) => left + (right - left) * (i + 0.5) / Math.max(all.length, 8);
	const across = (value, name) => s("line", {class: name, x1: left, x2: right, y1: y(value),
		y2: y(value)});

	node.replaceChildren(s("svg", {width, height, viewBox: `0 0 ${width} ${height}`,
		role: "img", "aria-label": "Launches in time order: " + one.name},
	limit !== null ? s("rect", {class: "band", x: left, width: right - left, y: y(limit),
		height: y(-limit) - y(limit)}) : null,
	across(0, "limit"),
	[reach / 1.15, 0, -reach / 1.15].map((value) => s("text", {class: "quiet", x: left - 6,
		y: y(value) + 4, "text-anchor": "end"}, signed(percent(value), 1))),
	all.map(({kind, value}, i) => (value === null ? null : s("circle", {
		class: kind === "confirm" ? "mark hollow" : "mark", cx: x(i), cy: y(value), r: 3.5,
		style: `color: var(${verdictColours[one.metric.verdict] || "--quiet"})`,
	}, s("title", {}, `launch ${i + 1}, ${kind}: ${signed(percent(value), 2)}`)))),
	s("text", {class: "quiet", x: left, y: height - 4}, `${all.length} launches`)));
}

function drawCheckTiles(panel) {
	const counts = groupCount(check.rows.map((row) => row.verdict));
	const tiles = h("div", {class: "tile-row"});
	const kind = {REGRESSION: "bad", INVALID: "bad", INCONCLUSIVE: "doubt",
		EQUIVALENT: "good", IMPROVED: "good"};

	for (const verdict of Object.keys(verdictSigns))
		if (counts.has(verdict))
			tiles.append(tile(String(counts.get(verdict)),
				`${verdictSigns[verdict]} ${verdict}`, kind[verdict]));
	tiles.append(tile(check.null && check.null.biased ? "biased" : "clean",
		"null control: base against a copy of itself",
		check.null && check.null.biased ? "bad" : "good"));
	if (typeof check.seconds === "number")
		tiles.append(tile(check.seconds.toFixed(0) + " s", `session; seed ${check.seed}`));
	panel.append(tiles);
	if (check.valid === false)
		leftOut(panel, "No verdict: " + (check.reason || "the session is invalid") + ".");
}

function drawChanged() {
	if (!check)
		return;
	const panel = byId("changed"), all = findings();
	panel.hidden = false;
	drawCheckTiles(panel);
	if (all.length === 0) {
		leftOut(panel, "No launches were made.");
		return;
	}
	const gated = all.filter((one) => one.metric.gated);
	const forest = h("div", {class: "dots"});
	drawLater(forest, () => drawForest(forest, all));
	panel.append(h("p", {class: "quiet"}, "A point is the estimate, its line the 90 % interval, ",
		"the shaded band what does not count as a change: the margin as this mode of ",
		"measuring shows it. A regression is there when the interval's safe end lies right of ",
		"the band. The last column is the change of the metric itself."), forest);
	panel.append(h("h3", {}, "Launches in the order of time"), h("p", {class: "quiet"},
		"Each point is one launch of both servers; hollow ones confirm. A drift or a step here ",
		"is the machine's."), h("div", {class: "figures small"}, gated.map((one) => {
		const node = h("div", {class: "dots"});
		drawLater(node, () => drawLaunches(node, one));
		return h("figure", {}, h("figcaption", {}, one.name), node);
	})));
}
