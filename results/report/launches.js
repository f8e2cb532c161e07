/*
 * launches.js - of a check: every launch's value in the order of time, whether launches are
 * independent of each other, and what each slice of them measured.
 */

const LAG_LEAST = 6; /* launches, for a coefficient that says something */

/* How alike neighbours are: near 0 where launches are independent. */
function lagOne(values) {
	const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
	const all = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
	let together = 0;

	for (let i = 1; i < values.length; i++)
		together += (values[i - 1] - mean) * (values[i] - mean);
	return values.length < LAG_LEAST || all === 0 ? null : together / all;
}

function median(values) {
	const sorted = [...values].sort((a, b) => a - b), half = sorted.length >> 1;

	if (sorted.length === 0)
		return null;
	return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

function launchesOf(row) {
	return (data.launches || []).filter((one) => one.cell === row.cell &&
		["screen", "confirm", "size"].includes(one.stage) &&
		(one.mode === row.mode || one.stage === "size"));
}

/* Of throughput in turns: how much more new is worse where base had the first turn than where
 * it had the second. */
function orderEffect(row) {
	const ratios = [[], []];

	for (const launch of launchesOf(row))
		launch.first.forEach((first, i) => {
			if (first >= 0 && launch.base[i] > 0 && launch.new[i] > 0)
				ratios[first].push(Math.log(launch.base[i] / launch.new[i]));
		});
	return ratios[0].length > 0 && ratios[1].length > 0
		? median(ratios[0]) - median(ratios[1]) : null;
}

function launchNotes(one) {
	const values = (one.metric.screen || []).filter(Number.isFinite);
	const lag = lagOne(values);
	const notes = [lag === null ? `lag-1: too few launches (${values.length})`
		: `lag-1 ${lag.toFixed(2)} (independent launches: within ±${
			(1.96 / Math.sqrt(values.length)).toFixed(2)})`];

	if (one.metric.metric === "throughput") {
		const effect = orderEffect(one.row);
		notes.push(effect === null ? "order effect: none can be, both ran at once"
			: `order effect ${signed(percent(effect), 1)} (base first against new first)`);
	}
	return notes.join("; ");
}

const stageMarks = {
	screen: {class: "mark", d: "M-3.5,0A3.5,3.5 0 1 1 3.5,0A3.5,3.5 0 1 1 -3.5,0Z"},
	confirm: {class: "mark hollow", d: "M-3.5,0A3.5,3.5 0 1 1 3.5,0A3.5,3.5 0 1 1 -3.5,0Z"},
	size: {class: "mark hollow", d: "M-3.4,-3.4H3.4V3.4H-3.4Z"},
};

/* The launches of one metric, stage after stage. */
function drawLaunches(node, one, label) {
	const width = widthOf(node), height = 150, left = 58, right = width - 6, floor = height - 22;
	const all = ["screen", "confirm", "size"].flatMap((stage) =>
		(one.metric[stage] || []).map((value) => ({stage, value})));
	const known = all.filter(({value}) => value !== null);
	const limit = one.metric.gated !== false ? one.metric.limit : null;
	const reach = 1.15 * Math.max(...known.map(({value}) => Math.abs(value)), limit || 0, 0.005);
	const y = (value) => 8 + (floor - 8) / 2 * (1 - value / reach);
	const x = (i) => left + (right - left) * (i + 0.5) / Math.max(all.length, 8);
	const colour = verdictLooks[one.metric.verdict]?.colour || "--ink";

	node.replaceChildren(s("svg", {class: "launches", width, height,
		viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label},
	limit > 0 ? s("rect", {class: "band", x: left, width: right - left, y: y(limit),
		height: y(-limit) - y(limit)}) : null,
	s("line", {class: "limit", x1: left, x2: right, y1: y(0), y2: y(0)}),
	[reach / 1.15, 0, -reach / 1.15].map((value) => s("text", {class: "quiet", x: left - 6,
		y: y(value) + 4, "text-anchor": "end"}, value === 0 ? "0"
		: signed(percent(value), reach < 0.1 ? 1 : 0))),
	all.map(({stage, value}, i) => {
		const begins = i > 0 && all[i - 1].stage !== stage;
		return [begins ? s("line", {class: "axis", x1: x(i - 0.5), x2: x(i - 0.5), y1: 4,
			y2: floor}) : null,
		i === 0 || begins ? s("text", {class: "quiet", x: x(i) - 4, y: height - 6}, stage)
			: null,
		value === null ? null : s("path", {...stageMarks[stage],
			style: `color: var(${colour})`, transform: `translate(${x(i)},${y(value)})`},
		s("title", {}, `launch ${i + 1}, ${stage}: ${signed(percent(value), 2)}`))];
	})));
}

function launchFigure(one) {
	const node = h("div", {class: "dots"});

	drawLater(node, () => drawLaunches(node, one, "Launches in time order: " + one.name));
	return h("figure", {}, h("figcaption", {title: one.name}, shortened(one.name, 60),
		h("small", {class: "below"}, launchNotes(one))), node);
}

/* The slices of both sides, launch after launch, as one curve each. */
function drawSlices(node, launches, label) {
	const width = widthOf(node), height = 150, left = 58, right = width - 6, floor = height - 20;
	const most = 1.05 * Math.max(1, ...launches.flatMap((one) => [...one.base, ...one.new])
		.filter(Number.isFinite));
	const slices = launches.map((one) => Math.max(one.base.length, 1));
	const total = slices.reduce((sum, n) => sum + n, 0);
	const y = (value) => 6 + (floor - 6) * (1 - value / most);
	const x = (i) => left + (right - left) * i / total;
	const paths = {base: "", new: ""};
	const edges = [];
	let at = 0;

	launches.forEach((launch, n) => {
		for (const side of ["base", "new"])
			launch[side].forEach((value, i) => {
				if (value !== null)
					paths[side] += `${i > 0 && launch[side][i - 1] !== null ? "L" : "M"}` +
						`${x(at + i + 0.5).toFixed(1)},${y(value).toFixed(1)}`;
			});
		if (n > 0)
			edges.push(s("line", {class: "grid", x1: x(at), x2: x(at), y1: 2, y2: floor}));
		at += slices[n];
	});
	node.replaceChildren(s("svg", {class: "slices", width, height,
		viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label}, edges,
	linearTicks(most, 3).map((value) => [s("text", {class: "quiet", x: left - 6,
		y: y(value) + 4, "text-anchor": "end"}, shortNumber(value)),
	s("line", {class: "grid", x1: left, x2: right, y1: y(value), y2: y(value)})]),
	s("path", {class: "trace base", d: paths.base}), s("path", {class: "trace new", d: paths.new}),
	s("text", {class: "quiet", x: left, y: height - 4},
		`${launches.length} launches, ${total} slices`)));
}

function sliceFigure(row) {
	const launches = launchesOf(row).filter((one) => one.base.length > 0);
	const node = h("div", {class: "dots"});

	if (launches.length === 0)
		return null;
	drawLater(node, () => drawSlices(node, launches, "Throughput of slices: " + rowName(row)));
	return h("figure", {}, h("figcaption", {title: rowName(row)}, shortened(rowName(row), 90)), node);
}
