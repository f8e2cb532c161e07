/* changed.js - of a check: its verdict, the changes, the launches, the system calls. */

const check = data.check && Array.isArray(data.check.rows) ? data.check : null;

/* Colour never stands alone. */
const verdictLooks = {
	REGRESSION: {sign: "▲", colour: "--bad", kind: "bad"},
	INVALID: {sign: "✕", colour: "--bad", kind: "bad"},
	INCONCLUSIVE: {sign: "?", colour: "--doubt", kind: "doubt"},
	IMPROVED: {sign: "▼", colour: "--f-reactor", kind: "good"},
	EQUIVALENT: {sign: "=", colour: "--good", kind: "good"},
	REPORTED: {sign: "·", colour: "--quiet", kind: ""},
	"worse?": {sign: "▲", colour: "--bad", kind: "bad"},
	"better?": {sign: "▼", colour: "--f-reactor", kind: "good"},
	unclear: {sign: "?", colour: "--doubt", kind: "doubt"},
	same: {sign: "=", colour: "--good", kind: "good"},
	shown: {sign: "·", colour: "--quiet", kind: ""},
	clean: {sign: "=", colour: "--good", kind: "good"},
	biased: {sign: "✕", colour: "--bad", kind: "bad"},
};
const unknownLook = {sign: "·", colour: "--quiet", kind: ""};

function lookOf(verdict) {
	return verdictLooks[verdict] || unknownLook;
}

function rowName(row) {
	const several = distinct(check.rows.map((one) => one.mode)).length > 1;
	return `${row.server}, ${row.scenario}` + (several ? ` (${row.mode})` : "");
}

/* The metrics that were measured, one entry for each. */
function findings() {
	return check.rows.flatMap((row) => (row.metrics || [])
		.filter((metric) => metric.finding)
		.map((metric) => ({row, metric, name: `${metric.metric}: ${rowName(row)}`})));
}

/* How much the metric itself changes, in per cent, where a mode shows `value` of it. */
function real(metric, value) {
	const less = metric.metric === "throughput" ? -1 : 1;
	return Math.abs(percent(less * value / (metric.attenuation || 1)));
}

function findingEntry({row, metric}) {
	const {finding, verdict} = metric;
	const look = lookOf(verdict);
	const change = metric.change_percent;

	return {
		group: rowName(row), label: metric.metric, estimate: finding.estimate,
		low: finding.low, high: finding.high, limit: metric.gated ? metric.limit : null,
		sign: look.sign, word: verdict, colour: look.colour,
		change: Number.isFinite(change) ? signed(change, 1) : "",
		note: `${metric.metric}, ${rowName(row)}: ${verdict}` +
			(metric.reason ? ", " + metric.reason : "") + `; ${finding.launches} launches, ` +
			`estimate ${signed(percent(finding.estimate), 2)}` +
			(Number.isFinite(finding.detectable)
				? `, detectable ${signed(percent(finding.detectable), 1)}` : ""),
	};
}

/* Base against itself, which no change can explain. */
function nullMetrics() {
	return ((check.null && check.null.metrics) || []).filter((metric) =>
		metric.limit !== null && (metric.values || []).length > 0);
}

function nullEntry(metric) {
	const verdict = Math.abs(metric.estimate) > metric.limit ? "biased" : "clean";
	const look = lookOf(verdict);

	return {
		group: "null control: base against a copy of itself", label: metric.metric,
		estimate: metric.estimate, low: metric.estimate, high: metric.estimate,
		limit: metric.limit, sign: look.sign, word: verdict, colour: look.colour,
		change: signed(percent(metric.estimate), 1),
		note: `null control, ${metric.metric}: ${metric.values.length} launches, estimate ` +
			`${signed(percent(metric.estimate), 2)} of ${signed(percent(metric.limit), 2)}`,
	};
}

/* As the metric itself changes, in per cent. */
function ownChange(metric, value) {
	return value === null || value === undefined ? NaN
		: percent(metric.metric === "throughput" ? -value : value);
}

function findingNumbers({row, metric}) {
	const {finding} = metric, throughput = metric.metric === "throughput";
	const ends = [ownChange(metric, finding.low), ownChange(metric, finding.high)];
	const [low, high] = throughput ? ends.reverse() : ends;
	const count = (values) => ((values || []).length > 0 ? "+" + values.length : "");

	return [metric.verdict, rowName(row), metric.metric,
		shortNumber(metric.base_median ?? NaN), shortNumber(metric.new_median ?? NaN),
		signed(ownChange(metric, finding.estimate), 1), intervalWords(low, high, 1),
		metric.gated ? signed(ownChange(metric, metric.limit), 1) : "",
		(metric.screen || []).length + count(metric.confirm) + count(metric.size),
		Number.isFinite(finding.detectable)
			? Math.abs(ownChange(metric, finding.detectable)).toFixed(1) + " %" : "-"];
}

function drawCheckTiles(panel) {
	const counts = groupCount(check.rows.map((row) => row.verdict));
	const tiles = h("div", {class: "tile-row"});
	const biased = Boolean(check.null && check.null.biased);

	for (const [verdict, look] of Object.entries(verdictLooks))
		if (counts.has(verdict))
			tiles.append(tile(String(counts.get(verdict)), `${look.sign} ${verdict}`,
				look.kind));
	tiles.append(tile(biased ? "✕ biased" : "= clean",
		"null control: base against a copy of itself", biased ? "bad" : "good"));
	if (typeof check.seconds === "number")
		tiles.append(tile(check.seconds.toFixed(0) + " s", `session; seed ${check.seed}`));
	panel.append(tiles);
}

/* Of one metric in all rows that gate it: the margin, and what of it this session shows. */
function limitWords(name, metrics) {
	const known = metrics.filter((metric) => Number.isFinite(metric.limit));
	const parts = distinct(known.map((metric) => `margin ${+(100 * metric.margin).toPrecision(3)} %` +
		` × ${(100 * (metric.attenuation ?? 1)).toFixed(0)} % that this mode shows of a change = ` +
		`limit ${percent(metric.limit).toFixed(1)} %`));

	return `${name}: ${parts.join("; ")}`;
}

function detectableWords(name, metrics) {
	const sizes = metrics.filter((metric) => metric.finding && Number.isFinite(
		metric.finding.detectable)).map((metric) => real(metric, metric.finding.detectable));

	if (sizes.length === 0)
		return null;
	return `${name} ${median(sizes).toFixed(1)} %` + (sizes.length > 1
		? ` (${Math.min(...sizes).toFixed(1)} to ${Math.max(...sizes).toFixed(1)} %)` : "");
}

function planFacts() {
	const gated = new Map();
	const looks = (check.plan && check.plan.looks) || [];

	for (const row of check.rows)
		for (const metric of (row.metrics || []).filter((one) => one.gated))
			gated.set(metric.metric, [...(gated.get(metric.metric) || []), metric]);
	const each = (words) => [...gated].map(([name, metrics]) => words(name, metrics)).filter(Boolean);
	return [
		["how", distinct(check.rows.map((row) => row.mode).filter(Boolean)).join(", ")],
		["looks", looks.length === 0 ? "" : looks.map((look) =>
			`${look.launches} (α ${look.alpha})`).join(", ") + " launches; " +
			`${check.plan.confirm_launches} fresh ones confirm`],
		["limits", each(limitWords).join(". ")],
		["detectable", each(detectableWords).join("; ") +
			" of a real change would be found in 8 of 10 such sessions"],
		["command line", check.command_line],
	].filter(([, text]) => text);
}

function drawVerdict(panel) {
	const word = {0: "NO REGRESSION", 1: "REGRESSION"}[check.exit_status] || "NO VERDICT";
	const kind = check.exit_status === 1 ? "bad"
		: check.exit_status === 0 && !check.undecided ? "good" : "doubt";
	const sign = {bad: "▲", good: "="}[kind] || "?";
	const rows = check.rows.length;

	panel.append(h("p", {class: "verdict-head " + kind}, `${sign} ${word}`,
		h("span", {}, `${rows} ${rows === 1 ? "row" : "rows"}, ${check.undecided || 0} ` +
			"not decided" + (check.out_of_time ? "; time was up" : ""))));
	drawCheckTiles(panel);
	if (check.valid === false)
		leftOut(panel, "The session has no verdict: " + (check.reason || "it is invalid") + ".");
	panel.append(factTable(planFacts()));
}

/* What hovering over the plot would tell, for paper too. */
function drawReasons(panel) {
	const reasons = check.rows.flatMap((row) => [
		...(row.metrics || []).filter((metric) => metric.reason)
			.map((metric) => [metric.verdict, `${metric.metric}: ${rowName(row)}`, metric.reason]),
		...(row.mode_reason ? [["", rowName(row), row.mode_reason]] : []),
		...(row.verdict === "INVALID" && row.reason
			? [["INVALID", rowName(row), row.reason]] : []),
	]);

	if (reasons.length === 0)
		return;
	panel.append(h("details", {open: reasons.length < 6}, h("summary", {}, "Reasons"),
		h("table", {class: "plain stacking"}, h("tbody", {}, reasons.map(([verdict, name, text]) =>
			h("tr", {}, h("td", {class: "verdict-" + verdict}, lookOf(verdict).sign + " " + verdict),
				h("td", {}, name), h("td", {}, text)))))));
}

function drawCalls(panel) {
	const counted = check.rows.filter((row) => row.syscalls_per_request);
	const source = data.environments[0]?.check?.system_calls;

	panel.append(h("h3", {}, "System calls per request, exactly"));
	if (counted.length === 0) {
		leftOut(panel, "They were not counted" + (source ? `: ${source}.` : "."));
		return;
	}
	panel.append(h("p", {class: "quiet"}, "Counted with one connection in lock step, not timed: " +
		"more than 0.01 and 0.5 % more is a regression."),
	h("table", {class: "plain stacking calls"}, h("thead", {}, h("tr", {}, h("th", {}, "Verdict"),
		h("th", {class: "number"}, "base"), h("th", {class: "number"}, "new"),
		h("th", {class: "number"}, "difference"), h("th", {}, "Row"))),
	h("tbody", {}, counted.map((row) => {
		const {verdict, base, new: now} = row.syscalls_per_request;
		return h("tr", {}, h("td", {class: "verdict-" + verdict},
			`${lookOf(verdict).sign} ${verdict}`),
		h("td", {class: "number", "data-name": "base"}, base.toFixed(3)),
		h("td", {class: "number", "data-name": "new"}, now.toFixed(3)),
		h("td", {class: "number", "data-name": "difference"}, (now < base ? "−" : "+") + Math.abs(now - base).toFixed(3)),
		h("td", {}, rowName(row)));
	}))));
}

function drawRunCharts(panel, all) {
	const gated = all.filter((one) => one.metric.gated);
	const controls = nullMetrics().map((metric) => ({row: {}, name: `${metric.metric}: null control`,
		metric: {...metric, metric: "null", screen: metric.values, verdict: "REPORTED"}}));
	const slices = check.rows.map(sliceFigure).filter(Boolean);

	panel.append(h("h3", {}, "Launches in the order of time"), h("p", {class: "quiet"},
		"Each mark is one launch of both servers: filled screens, hollow confirms, a hollow ",
		"square measures the size in turns. A drift or a step here is the machine's; lag-1 ",
		"beyond its bounds says that launches were not independent."),
	h("div", {class: "figures small"}, [...gated, ...controls].map(launchFigure)));
	panel.append(h("h3", {}, "Throughput over time"));
	if (slices.length === 0) {
		leftOut(panel, "There are no slices: no slices.csv, or no launch had any.");
		return;
	}
	panel.append(h("p", {class: "quiet"}, "Requests/s of each slice: ",
		h("span", {class: "key base"}, "base, dashed"), ", ", h("span", {class: "key new"}, "new"),
		"; an upright line is a launch's end. Where both sink together a neighbour was at work."),
	h("div", {class: "figures"}, slices));
}

function drawCheck(panel) {
	const all = findings();

	drawVerdict(panel);
	drawReasons(panel);
	if (all.length === 0) {
		leftOut(panel, "No launches were made: there is nothing to draw.");
		drawCalls(panel);
		return;
	}
	panel.append(h("p", {class: "quiet"}, "A point is the estimate, its line the 90 % interval, ",
		"the shaded band what does not count as a change: the margin as this mode of ",
		"measuring shows it. A regression is there when the interval's safe end lies right of ",
		"the band. The last column is the change of the metric itself."),
	forestFigure([...all.map(findingEntry), ...nullMetrics().map(nullEntry)],
		"Changes with their intervals and limits"),
	numbersTable(["Verdict", "Row", "Metric", "base", "new", "change", "90 % interval", "limit",
		"launches", "detectable"], all.map(findingNumbers)));
	drawCalls(panel);
	drawRunCharts(panel, all);
}

function drawChanged() {
	const panel = byId("changed");

	panel.hidden = !check && !data.comparison;
	if (check)
		drawCheck(panel);
	else if (data.comparison)
		drawComparison(panel);
}
