/* curves.js - lines over an axis, by Chart.js, with the marks and colours of the page. */

const CAPACITY_PX = 16; /* height of its mark over the axis */
const hasCurves = data.curves && typeof Chart !== "undefined";

/* The page's marks instead of Chart.js' points. */
const markPlugin = {
	id: "marks",
	afterDatasetsDraw(chart) {
		const ground = cssValue("--ground");

		chart.data.datasets.forEach((set, i) => {
			if (!set.mark || !chart.isDatasetVisible(i))
				return;
			if (set.capacity)
				drawCapacity(chart, set, ground);
			chart.getDatasetMeta(i).data.forEach((point, k) => {
				if (!point.skip && inside(point, chart.chartArea) &&
					(!set.markAt || set.markAt(k)))
					drawMark(chart.ctx, set, point, ground);
			});
		});
	},
};

function inside(point, area) {
	return point.x >= area.left - 1 && point.x <= area.right + 1 &&
		point.y >= area.top - 1 && point.y <= area.bottom + 1;
}

/* At the foot of the chart, with a stroke: no point of the line. */
function drawCapacity(chart, set, ground) {
	const x = chart.scales.x.getPixelForValue(set.capacity), {bottom} = chart.chartArea;

	chart.ctx.save();
	chart.ctx.strokeStyle = set.borderColor;
	chart.ctx.beginPath();
	chart.ctx.moveTo(x, bottom);
	chart.ctx.lineTo(x, bottom - CAPACITY_PX);
	chart.ctx.stroke();
	chart.ctx.restore();
	drawMark(chart.ctx, set, {x, y: bottom - CAPACITY_PX}, ground);
}

function drawMark(context, set, point, ground) {
	context.save();
	context.translate(point.x, point.y);
	context.fillStyle = set.mark.hollow ? ground : set.borderColor;
	context.strokeStyle = set.borderColor;
	context.lineWidth = 1.3;
	const path = new Path2D(set.mark.path);
	context.fill(path);
	context.stroke(path);
	context.restore();
}

/* A line of the chart; points are {x, y, note}. */
function curveSet(line, points, variant, marked) {
	const colour = colourOf(line);
	const mark = markOf(line);

	return {
		label: line.name, data: points, borderColor: colour, backgroundColor: colour,
		borderWidth: 1.8, pointRadius: 0, pointHitRadius: 8, tension: 0,
		borderDash: dashes[(variant + (mark.hollow ? 1 : 0)) % dashes.length],
		mark: marked ? mark : null,
	};
}

/* Lines of one model get different dashes. */
function variants(servers) {
	const seen = new Map();

	return servers.map((server) => {
		const key = server.line.model + (server.line.side || "");
		const nth = seen.get(key) || 0;
		seen.set(key, nth + 1);
		return nth;
	});
}

function axisOptions(axis, colours) {
	return {
		type: axis.log ? "logarithmic" : "linear", min: axis.min, max: axis.max,
		beginAtZero: !axis.log, suggestedMax: axis.reach,
		title: {display: true, text: axis.title, color: colours.quiet},
		grid: {color: colours.grid, drawBorder: false, tickLength: 4},
		ticks: {
			color: colours.quiet, autoSkipPadding: 12, maxRotation: 0,
			callback: axis.tick,
		},
		afterBuildTicks: axis.ticks
			? (scale) => { scale.ticks = axis.ticks.map((value) => ({value})); }
			: undefined,
	};
}

function chartOptions(options) {
	const colours = {quiet: cssValue("--quiet"), grid: cssValue("--grid")};

	return {
		animation: false, responsive: true, maintainAspectRatio: false,
		interaction: {mode: "nearest", intersect: false},
		layout: {padding: {right: 8, top: 6}},
		scales: {x: axisOptions(options.x, colours), y: axisOptions(options.y, colours)},
		plugins: {
			legend: {display: false},
			tooltip: {
				filter: (item) => !item.dataset.silent,
				callbacks: {
					title: () => "",
					label: (item) => item.dataset.label + ": " +
						(item.raw.note || item.formattedValue),
				},
			},
		},
	};
}

/* Draws into a div of class `curve`; `sets` is a function, so that colours are today's. */
function drawCurves(node, sets, options) {
	const old = node.querySelector("canvas");

	if (old)
		Chart.getChart(old)?.destroy();
	const canvas = h("canvas", {role: "img", "aria-label": options.label});
	node.replaceChildren(canvas);
	new Chart(canvas, {type: "line", data: {datasets: sets()}, options: chartOptions(options),
		plugins: [markPlugin]});
}

/* A figure with a chart, drawn when it is looked at. */
function curveFigure(caption, note, sets, options) {
	const node = h("div", {class: "curve"});

	drawLater(node, () => drawCurves(node, sets, {...options, label: caption}));
	return h("figure", {}, h("figcaption", {}, caption,
		note ? h("small", {}, " " + note) : null), node);
}
