/* winners.js - who wins where: a chart for each workload, and curves over connections. */

/* What a workload's servers are compared by: in an open loop all that was offered comes back,
 * and how soon is the question. */
function firstMetrics(table) {
	const names = table.lines[0].open ? ["response_p99_us", "response_p50_us"] : [data.first];
	const known = names.filter((name) => metricIndex.has(name) &&
		table.lines.some((line) => valueOf(line, name)));

	return known.length > 0 ? known.slice(0, 1) : [data.first];
}

/* As tables have them, which is by throughput, and of open loops by what is shown first. */
function inOrder(table, metric) {
	const rank = (line) => valueOf(line, metric)?.median ?? Infinity;

	return table.lines[0].open ? [...table.lines].sort((a, b) => rank(a) - rank(b)) : table.lines;
}

/* Base and new of a server one below the other, in the order of the better one. */
function inPairs(some) {
	if (!hasSides)
		return some;
	const pairs = new Map();

	for (const line of some) {
		const key = line.name.replace(/ (base|new)$/, "");
		pairs.set(key, [...(pairs.get(key) || []), line]);
	}
	return [...pairs.values()].flatMap((pair) =>
		pair.sort((a, b) => (a.side === "new") - (b.side === "new")));
}

function dotFigure(table, metrics, caption, filter) {
	const some = inPairs(inOrder(table, metrics[0]).filter((line) => shown(line) && filter(line)));

	if (some.length === 0)
		return null;
	/* Room for it before it is drawn: nothing moves then. */
	const node = h("div", {class: "dots",
		style: `min-height: ${TOP + ROW * some.length + BOTTOM}px`});
	drawLater(node, () => drawDots(node, some, metrics, caption));
	return h("figure", {}, h("figcaption", {}, caption), node);
}

/* Sizes stand in KiB on an axis. */
function onAxis(metric, value) {
	return metric.endsWith("_bytes") ? value / 1024 : value;
}

/* Pale dots: what the medians are of. */
function repetitionSet(server, metric, position) {
	const colour = colourOf(server.line);

	return {
		label: server.name, data: server.points.flatMap(({x, line}) =>
			numbersOf(line, metric).map((y) => ({x: position(x), y: onAxis(metric, y)}))),
		silent: true, showLine: false, pointRadius: 2, pointHitRadius: 0, borderWidth: 0,
		pointBackgroundColor: colour + "66", borderColor: colour, mark: null, repetitions: true,
	};
}

/* Curves of a metric's medians over a column, repetitions beside them. */
function curveSets(group, metric, position, some) {
	const nth = variants(some);

	return some.flatMap((server, i) => [curveSet(server.line, server.points.flatMap(({x, line}) => {
		const value = valueOf(line, metric);
		return value ? [{x: position(x), y: onAxis(metric, value.median),
			note: `${valueText(line, metric)} at ${thousands(String(x))}`}] : [];
	}), nth[i], true), repetitionSet(server, metric, position)]);
}

const columnTitles = {connections: "connections", idle_connections: "idle connections"};

/* Equal steps for equal factors; 0 stands one step before the least. */
function stepsOf(xs) {
	const least = Math.min(...xs.filter((x) => x > 0));
	return (x) => (x > 0 ? Math.log2(x) : Math.log2(least) - 2);
}

/* A metric over connections, a figure for each workload otherwise alike; `what` is the heading,
 * `y` the axis. */
function curvesOver(parent, column, metric, what, y) {
	const figures = [];

	for (const group of seriesOver(column)) {
		const some = group.servers.filter((server) => shown(server.line) &&
			server.points.some(({line}) => valueOf(line, metric)));
		const xs = group.xs.filter((x) => some.some((server) => server.points.some((point) =>
			point.x === x && valueOf(point.line, metric))));
		if (some.length === 0 || xs.length < 2 ||
			(some[0].line.open && metric === "throughput_rps"))
			continue;
		const position = stepsOf(xs);
		const places = new Map(xs.map((x) => [position(x), shortNumber(x)]));
		figures.push(curveFigure(headingOf(group, column) || "All servers", "",
			() => curveSets(group, metric, position, some), {
				x: {title: columnTitles[column], ticks: [...places.keys()],
					tick: (v) => places.get(v) ?? "", min: Math.min(...places.keys()) - 0.3,
					max: Math.max(...places.keys()) + 0.3},
				y,
			}));
	}
	if (figures.length > 0)
		parent.append(h("h3", {}, `${what} over ${columnTitles[column]}`),
			h("div", {class: "figures" + (figures.length === 1 ? " wide" : "")}, figures));
}

function drawWinners() {
	const panel = byId("winners-body");
	forget(panel);
	const figures = measuredTables.map((table) => dotFigure(table, firstMetrics(table),
		headingOf(table), (line) => valueOf(line, firstMetrics(table)[0]))).filter(Boolean);

	panel.append(h("p", {class: "quiet"}, "Medians; a bar is the interval of the median where ",
		"there are five repetitions or more, small dots are the repetitions. * is the best of ",
		"its workload and what is tied with it. Workloads and placements are not ranked ",
		"against each other. Open loops, where what is offered comes back, are compared by ",
		"response times."));
	if (figures.length === 0)
		leftOut(panel, lines.some(shown) ? "Nothing was measured."
			: "All servers are taken out.");
	if (hasCurves && metricIndex.has("throughput_rps"))
		for (const column of Object.keys(columnTitles))
			curvesOver(panel, column, "throughput_rps", "Throughput",
				{title: "requests/s", tick: shortNumber});
	else if (!hasCurves)
		leftOut(panel, "No curves: this program was built without Chart.js " +
			"(Debian package libjs-chart.js).");
	panel.append(h("div", {class: figures.length === 1 ? "figures wide" : "poured"}, figures));
}
