/* latency.js - percentile curves, load curves with saturation, and heat maps over time. */

const STEPS_PER_DECADE = 8, SATURATED = 0.98;
const BANDS_MAX = 5; /* more of them hide each other */
const loadColumns = ["loop", "offered_rps", "arrivals"];
const MARK_EVERY = 7; /* steps of a percentile curve, each server's beginning elsewhere */

/* The curve's step k as 1/(1-p). */
function stepX(k) {
	return 10 ** (k / STEPS_PER_DECADE);
}

function percentileName(x) {
	const text = (100 * (1 - 1 / x)).toFixed(Math.max(0, Math.round(Math.log10(x)) - 2));
	return text + " %";
}

function percentilePoints(values) {
	return values.map((us, k) => ({x: stepX(k), y: us,
		note: `${duration(us)} at ${percentileName(stepX(k))}`}));
}

/* The band between repetitions: two silent sets, the second filled to the first. */
function bandSets(latency, colour) {
	const base = {borderWidth: 0, pointRadius: 0, pointHitRadius: 0, silent: true, mark: null,
		label: lines[latency.line].name, backgroundColor: colour + "26"};

	return [
		{...base, data: percentilePoints(latency.low), fill: false},
		{...base, data: percentilePoints(latency.high), fill: "-1"},
	];
}

function percentileSets(some) {
	const nth = variants(some.map((latency) => ({line: lines[latency.line]})));

	return some.flatMap((latency, i) => {
		const line = lines[latency.line];
		const points = percentilePoints(latency.curve);
		const set = curveSet(line, points, nth[i], true);
		set.markAt = (k) => k === points.length - 1 || (k > 2 && (k + 3 * i) % MARK_EVERY === 0);
		return some.length <= BANDS_MAX && latency.logs > 1
			? [...bandSets(latency, set.borderColor), set] : [set];
	});
}

function drawPercentiles(panel, table) {
	const some = data.latency.filter((latency) => table.lines.includes(lines[latency.line]) &&
		shown(lines[latency.line]));

	if (some.length === 0) {
		leftOut(panel, "No percentile curves: there is no interval log of these servers.");
		return;
	}
	const top = Math.max(...some.map((latency) => latency.curve.length));
	const ticks = [1, 2, 10, 100, 1000, 10000, 100000, 1000000].filter(
		(x) => x <= stepX(top));
	panel.append(curveFigure("Latency by percentile",
		`${some[0].tag} time; a curve ends where fewer than 10 requests lie beyond` +
		(some.length <= BANDS_MAX ? "; the band is from the best to the worst repetition"
			: `; with ${BANDS_MAX} servers or fewer the spread of repetitions is shown`), () => percentileSets(some), {
			x: {log: true, title: "part of the requests that were faster", ticks,
				tick: percentileName, min: 1, max: stepX(top)},
			y: {log: true, title: "latency", tick: (us) => sparse(us)},
		}));
}

/* Labels of a logarithmic axis: not each line has room for one. */
function hasLabel(value) {
	return [1, 2, 5].includes(+(value / 10 ** Math.floor(Math.log10(value) + 1e-9)).toPrecision(3));
}

function sparse(us) {
	return hasLabel(us) ? duration(us) : "";
}

function sparseNumber(value) {
	return hasLabel(value) ? shortNumber(value) : "";
}

function drawHeats(panel, table) {
	const some = data.latency.filter((latency) => table.lines.includes(lines[latency.line]) &&
		shown(lines[latency.line]) && latency.times.length > 0);

	panel.append(h("h3", {}, "Throughput and latency over time"));
	if (some.length === 0) {
		leftOut(panel, "There is no interval log of these servers: nothing is known of it over time.");
		return;
	}
	const range = heatRange(some);
	panel.append(h("p", {class: "quiet"},
		"Above, the requests/s of each interval of the log, from 0; below, a column for each " +
		"interval: the darker, the more requests took so long (logarithmic): ", heatScale(),
		". An upright line is a repetition's end. Two bands are two kinds of request; a gap, a " +
		"step or a high column is a disturbance."),
	h("div", {class: "figures small"}, some.map((latency) => heatFigure(latency, range))));
}

/* Where less came back than was offered the rate is beyond what the server can do. */
function isSaturated(line) {
	const value = valueOf(line, "throughput_rps");
	const offered = cell(line.first, "offered_rps");

	return value && offered && value.median < SATURATED * offered;
}

/* What the same server answered in a closed loop, where that was measured too; else undefined. */
function capacityOf(server) {
	const same = data.tables.filter((name) => !loadColumns.includes(name));
	const closed = lines.find((line) => !line.open && line.name === server.name &&
		line.side === server.line.side && same.every((name) =>
		cell(line.first, name) === cell(server.line.first, name)));

	return closed ? valueOf(closed, "throughput_rps")?.median : undefined;
}

function loadSets(some, metric) {
	const nth = variants(some);

	return some.map((server, i) => {
		const points = server.points.flatMap(({x, line}) => {
			const value = valueOf(line, metric);
			return value ? [{x: valueOf(line, "throughput_rps").median, y: value.median,
				saturated: isSaturated(line),
				note: `${valueText(line, metric)} us at ${shortNumber(x)}/s offered` +
					(isSaturated(line) ? ", saturated" : "")}] : [];
		});
		const set = curveSet(server.line, points, nth[i], true);
		set.segment = {borderDash: (at) =>
			(points[at.p1DataIndex]?.saturated ? [2, 4] : undefined)};
		set.capacity = capacityOf(server);
		return set;
	});
}

function drawLoadCurves(panel) {
	const figures = [];

	for (const group of seriesOver("offered_rps"))
		for (const metric of ["response_p50_us", "response_p99_us"]) {
			const some = group.servers.filter((server) => shown(server.line) &&
				server.points.some(({line}) => valueOf(line, metric)));
			if (some.length === 0)
				continue;
			const heading = headingOf(group, "offered_rps");
			figures.push(curveFigure((heading ? heading + ": " : "") +
				(metric.includes("p50") ? "median" : "99 %") + " of response times", "",
			() => loadSets(some, metric), {
				x: {title: "requests/s that were answered", tick: shortNumber,
					reach: Math.max(0, ...some.map(capacityOf).filter(Boolean))},
				y: {log: true, title: "response time", tick: sparse},
			}));
		}
	if (figures.length > 0)
		panel.append(h("h3", {}, "Latency over offered load"), h("p", {class: "quiet"},
			`Dotted to where less than ${SATURATED * 100} % of the offered rate was ` +
			"answered: the server is saturated, and its queue grows for as long as it lasts. " +
			"A mark at the foot: what it answered in a closed loop, its capacity."),
		h("div", {class: "figures"}, figures));
}

/* One choice of workload for the panels that show one at a time. */
function workloadChoice(panel) {
	const select = h("select", {id: "workload-" + panel, change: () => {
		state.table = Number(select.value);
		writeState();
		drawLatency();
		drawWhy();
		byId("workload-" + panel).focus();
	}}, measuredTables.map((table, i) => h("option", {value: i}, headingOf(table))));

	select.value = String(state.table);
	return h("div", {class: "controls"}, h("label", {}, "Workload", select));
}

function drawLatency() {
	const panel = byId("latency-body"), table = measuredTables[state.table];
	forget(panel);
	if (!table || data.latency.length + data.metrics.length === 0) {
		leftOut(panel, "Nothing was measured.");
		return;
	}
	if (measuredTables.length > 1)
		panel.append(workloadChoice("latency"));
	const metrics = (table.lines[0].open ? ["response_p50_us", "response_p99_us",
		"response_p999_us"] : ["service_p50_us", "service_p99_us", "service_p999_us"])
		.filter((name) => table.lines.some((line) => shown(line) && valueOf(line, name)));
	if (hasCurves)
		drawPercentiles(panel, table);
	else
		leftOut(panel, "Neither percentile nor load curves: there is no Chart.js inside.");
	if (metrics.length > 0)
		panel.append(h("div", {class: "figures wide"}, dotFigure(table, metrics,
			"Percentiles: " + headingOf(table), () => true)));
	if (hasCurves)
		drawLoadCurves(panel);
	drawHeats(panel, table);
	if (!table.lines[0].open && !isTasks)
		panel.append(h("p", {class: "quiet"}, "In a closed loop a client waits for its reply " +
			"before it asks again: latency is the inverse of throughput, and says what a " +
			"request costs rather than how long a user would wait."));
}
