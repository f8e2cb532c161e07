/*
 * heat.js - throughput and latencies over time: for each interval of a log a step of a line, and
 * a column with a field for each class of latency.
 */

const CLASSES_PER_TWICE = 4, TIME_LEFT = 54, STRIP_HEIGHT = 44;

/* Where intervals begin and end: [{time, x, end}]; a width for each second. */
function timePlaces(times, width) {
	const whole = times.reduce((sum, time) => sum + time.length_s, 0) || 1;
	let at = 0;

	return times.map((time) => {
		const x = TIME_LEFT + (width - TIME_LEFT) * at / whole;
		at += time.length_s;
		return {time, x, end: TIME_LEFT + (width - TIME_LEFT) * at / whole};
	});
}

/* An interval that is short for its log is the end of one, and has no rate to speak of. */
function rateOf(time, longest) {
	return time.length_s > longest / 4 ? time.requests / time.length_s : null;
}

function drawStrip(node, latency) {
	const width = widthOf(node), line = lines[latency.line];
	const longest = Math.max(...latency.times.map((time) => time.length_s));
	const rates = latency.times.map((time) => rateOf(time, longest));
	const most = Math.max(...rates, 1) * 1.08;
	const y = (rate) => 2 + (STRIP_HEIGHT - 4) * (1 - rate / most);
	let path = "", row = null;
	const edges = [];

	timePlaces(latency.times, width).forEach(({time, x, end}, i) => {
		if (row !== null && row !== time.row)
			edges.push(s("line", {class: "axis", x1: x, x2: x, y1: 0, y2: STRIP_HEIGHT}));
		if (rates[i] !== null)
			path += `${row === time.row && rates[i - 1] !== null ? "L" : "M"}` +
				`${x.toFixed(1)},${y(rates[i]).toFixed(1)}H${end.toFixed(1)}`;
		row = time.row;
	});
	node.replaceChildren(s("svg", {class: "strip", width, height: STRIP_HEIGHT, role: "img",
		viewBox: `0 0 ${width} ${STRIP_HEIGHT}`, "aria-label": `${line.name}: throughput over time`},
	s("line", {class: "axis", x1: TIME_LEFT, x2: width, y1: STRIP_HEIGHT - 2, y2: STRIP_HEIGHT - 2}),
	edges, s("text", {class: "quiet", x: TIME_LEFT - 6, y: 12, "text-anchor": "end"},
		shortNumber(most / 1.08)),
	s("path", {class: "trace", d: path, style: `color: var(${markOf(line).variable})`})));
}

function classUs(latencyClass) {
	return 2 ** (latencyClass / CLASSES_PER_TWICE) / 1000;
}

/* From the ground's colour to the ink's, by way of blue: dark is much on light, light on dark. */
function rampColour(part) {
	const dark = matchMedia("(prefers-color-scheme: dark)").matches &&
		!document.documentElement.classList.contains("printing");
	const hue = 250 - 40 * part;
	const light = dark ? 18 + 68 * part : 92 - 70 * part;

	return `hsl(${hue} 60% ${light}%)`;
}

/* {low, high, top} over some latencies: the classes there are, the greatest level. */
function heatRange(some) {
	const range = {low: Infinity, high: 0, top: 1};

	for (const one of some)
		for (const time of one.times) {
			if (!time.levels)
				continue;
			range.low = Math.min(range.low, time.from);
			range.high = Math.max(range.high, time.from + time.levels.length);
			for (const level of time.levels)
				range.top = Math.max(range.top, parseInt(level, 36));
		}
	return range;
}

function heatAxis(context, range, left, height) {
	const y = (c) => height * (1 - (c - range.low) / (range.high - range.low));

	context.fillStyle = cssValue("--quiet");
	context.font = "11px system-ui, sans-serif";
	context.textAlign = "right";
	context.textBaseline = "middle";
	for (const us of logTicks(classUs(range.low), classUs(range.high))) {
		const at = y(Math.log2(us * 1000) * CLASSES_PER_TWICE);
		if (at < 6 || at > height - 6 || String(us)[0] === "3")
			continue;
		context.fillText(duration(us), left - 6, at);
		context.fillRect(left - 4, Math.round(at), 4, 1);
	}
}

function drawHeat(canvas, latency, range) {
	const ratio = window.devicePixelRatio || 1;
	const width = widthOf(canvas), height = canvas.clientHeight || 120;
	const context = canvas.getContext("2d");
	const tall = height / (range.high - range.low);
	let row = null;

	canvas.width = width * ratio;
	canvas.height = height * ratio;
	context.setTransform(ratio, 0, 0, ratio, 0, 0);
	heatAxis(context, range, TIME_LEFT, height);
	timePlaces(latency.times, width).forEach(({time, x, end}) => {
		const step = end - x;
		[...time.levels].forEach((digit, k) => {
			const level = parseInt(digit, 36);
			if (level === 0)
				return;
			context.fillStyle = rampColour(level / range.top);
			context.fillRect(x, height - (time.from + k + 1 - range.low) * tall,
				Math.max(1, step - (step > 4 ? 0.5 : 0)), tall + 0.3);
		});
		if (row !== null && row !== time.row) {
			context.fillStyle = cssValue("--quiet");
			context.fillRect(Math.round(x) - 1, 0, 1, height);
		}
		row = time.row;
	});
	canvas.dataset.cells = latency.times.reduce((n, time) =>
		n + [...time.levels].filter((digit) => digit !== "0").length, 0);
}

function heatScale() {
	return h("span", {class: "scale", "aria-hidden": "true"}, [0.1, 0.3, 0.5, 0.7, 0.9].map(
		(part) => h("i", {style: `background: ${rampColour(part)}`})));
}

function heatFigure(latency, range) {
	const line = lines[latency.line];
	const seconds = latency.times.reduce((sum, time) => sum + time.length_s, 0);
	const strip = h("div", {style: `height: ${STRIP_HEIGHT}px`});
	const canvas = h("canvas", {class: "heat", role: "img", "aria-label":
		`${line.name}: latency over ${seconds.toFixed(0)} s`});

	drawLater(strip, () => drawStrip(strip, latency));
	drawLater(canvas, () => drawHeat(canvas, latency, range));
	return h("figure", {}, h("figcaption", {}, s("svg", {width: 13, height: 13,
		viewBox: "-6 -6 12 12", "aria-hidden": "true"}, markNode(line, 0, 0)), " ", line.name,
	h("small", {}, ` ${latency.logs} × ${+(seconds / latency.logs).toPrecision(2)} s`)), strip, canvas);
}
