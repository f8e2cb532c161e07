/*
 * dots.js - a row for each server, an axis for each metric: the median as the server's mark, its
 * interval as a bar, the repetitions as dots.
 */

const ROW = 21, TOP = 34, BOTTOM = 8, GAP = 18;

/* About `count` round steps that cover 0 .. high. */
function linearTicks(high, count) {
	const raw = high / count;
	const power = 10 ** Math.floor(Math.log10(raw));
	const step = [1, 2, 5, 10].find((f) => f * power >= raw) * power;
	const ticks = [];

	for (let i = 0; i * step <= high * 1.0001; i++)
		ticks.push(i * step);
	return ticks;
}

/* Powers of ten, with 2 and 5 where there are few. */
function logTicks(low, high) {
	const decades = Math.log10(high / low);
	const factors = decades > 3 ? [1] : decades > 1.2 ? [1, 3] : [1, 2, 5];
	const ticks = [];

	for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
		for (const factor of factors) {
			const tick = factor * 10 ** power;
			if (tick >= low * 0.999 && tick <= high * 1.001)
				ticks.push(tick);
		}
	return ticks;
}

function numbersOf(line, metric) {
	return line.rows.map((row) => cell(row, metric)).filter((x) => typeof x === "number");
}

/* Times and sizes that lie more than 30 times apart would crowd at 0: their axis is logarithmic. */
function isFarApart(some, metric) {
	const values = some.flatMap((line) => [...numbersOf(line, metric),
		valueOf(line, metric).median]);
	return /_(us|bytes)$/.test(metric) && Math.min(...values) > 0 &&
		Math.max(...values) > 30 * Math.min(...values);
}

function scaleOf(some, metric, left, right) {
	const values = some.flatMap((line) => [
		...numbersOf(line, metric), valueOf(line, metric).median,
		valueOf(line, metric).high]).filter((x) => typeof x === "number");
	const least = Math.min(...values), greatest = Math.max(...values);

	if (isFarApart(some, metric) && least > 0) {
		const low = least * 0.8, high = greatest * 1.25;
		return {
			log: true, ticks: logTicks(low, high),
			at: (x) => left + (right - left) *
				Math.log(Math.max(x, low) / low) / Math.log(high / low),
		};
	}
	const high = greatest > 0 ? greatest * 1.04 : 1;
	return {
		log: false, ticks: linearTicks(high, right - left > 260 ? 5 : 3),
		at: (x) => left + (right - left) * Math.max(0, x) / high,
	};
}

/* Of columns that no table of the terminal shows. */
const metricHeadings = {
	connect_p50_us: "connect p50 us", connect_p99_us: "connect p99 us",
	pss_per_connection_bytes: "server memory/conn",
	system_memory_per_connection_bytes: "system memory/conn",
};

function axisNodes(metric, scale, left, right, height) {
	const label = metricOf(metric);
	let last = -Infinity;
	const nodes = [s("text", {x: left, y: 12, class: "quiet"},
		(metricHeadings[metric] || label.heading) + (scale.log ? " (log scale)" : ""))];

	for (const tick of scale.ticks) {
		const x = scale.at(tick);
		nodes.push(s("line", {class: "grid", x1: x, x2: x, y1: TOP - 4,
			y2: height - BOTTOM}));
		if (x - last < 44)
			continue;
		nodes.push(s("text", {class: "quiet", x, y: TOP - 8, "text-anchor":
			x > right - 14 ? "end" : x < left + 14 ? "start" : "middle"},
			tickOf(metric, tick)));
		last = x;
	}
	return nodes;
}

function valueText(line, metric) {
	const value = valueOf(line, metric);
	const whole = Math.abs(value.median) < 1 ? 1 : Math.floor(value.median).toString().length;
	const text = format(value.median,
		Math.max(0, Math.min(metricOf(metric).decimals, 5 - whole)));

	return (value.atLeast ? ">= " : "") + text + (value.best ? " *" : "");
}

function hoverText(line, metric) {
	const value = valueOf(line, metric);
	const label = metricOf(metric);
	const repetitions = numbersOf(line, metric).length;
	let text = `${line.name}: ${label.heading} ${valueText(line, metric)}, ` +
		`median of ${repetitions}`;

	if (value.level !== null)
		text += `; ${value.level.toFixed(1)} % interval ` +
			`${format(value.low, label.decimals)} to ` +
			`${format(value.high, label.decimals)}`;
	return text + (line.troubled ? `; ${cell(line.worst, "verdict")}` : "");
}

function valueNodes(line, metric, scale, y) {
	const value = valueOf(line, metric);
	const mark = markOf(line);
	const nodes = numbersOf(line, metric).map((x) =>
		s("circle", {class: "dot", cx: scale.at(x), cy: y, r: 2.4}));

	if (value.level !== null)
		nodes.push(s("line", {class: "whisker", x1: scale.at(value.low),
			x2: scale.at(value.high), y1: y, y2: y}));
	return s("g", {style: `color: var(${mark.variable})`}, nodes,
		markNode(line, scale.at(value.median), y),
		s("title", {}, hoverText(line, metric)));
}

/* One metric's part, from `left` to `right`; values stand behind it. */
function metricNodes(some, metric, left, right, height) {
	const known = some.filter((line) => valueOf(line, metric));
	const room = 72;
	const scale = scaleOf(known, metric, left, right - room);
	const nodes = axisNodes(metric, scale, left, right - room, height);

	some.forEach((line, i) => {
		const y = TOP + ROW * i + ROW / 2;
		const value = valueOf(line, metric);
		nodes.push(s("text", {x: right, y: y + 4, "text-anchor": "end",
			class: value ? (value.best ? "best" : "") : "quiet"},
			value ? valueText(line, metric) : "-"));
		if (value)
			nodes.push(valueNodes(line, metric, scale, y));
	});
	return nodes;
}

/* Without its middle: servers often differ in their last option. */
function shortened(text, longest) {
	const half = Math.floor((longest - 1) / 2);
	return text.length > longest ? text.slice(0, half) + "…" + text.slice(-half) : text;
}

function labelNodes(some, labels, width) {
	return some.map((line, i) => {
		const y = TOP + ROW * i + ROW / 2;
		const longest = Math.floor(labels / 6.9);
		const name = shortened(line.name, longest);
		return s("g", {class: "row"},
			s("rect", {class: "under", x: 0, y: y - ROW / 2, width, height: ROW}),
			s("text", {x: labels, y: y + 4, "text-anchor": "end"}, name,
				s("title", {}, `${line.name}: ${summaryOf(line.model)}`)));
	});
}

/* Draws `metrics` side by side, or below each other where the page is narrow. */
function drawDots(node, some, metrics, caption) {
	const width = widthOf(node);
	const longest = Math.max(...some.map((line) => line.name.length));
	const labels = Math.min(longest * 6.9 + 4, width * 0.36);
	const across = Math.max(1, Math.min(metrics.length,
		Math.floor((width - labels) / 200)));
	const height = TOP + ROW * some.length + BOTTOM;

	node.replaceChildren();
	for (let start = 0; start < metrics.length; start += across) {
		const these = metrics.slice(start, start + across);
		const step = (width - labels) / across;
		node.append(s("svg", {width, height, viewBox: `0 0 ${width} ${height}`, role: "img",
			"aria-label": caption + ": " + these.map((m) => metricOf(m).heading).join(", ")},
		labelNodes(some, labels, width), these.map((metric, i) => metricNodes(some, metric,
			labels + GAP + step * i, labels + step * (i + 1), height))));
	}
}
