/* comparison.js - of two results: what changed from the one to the other, metric by metric. */

const FOREST_MOST = 40; /* lines of a metric before the rest is folded away */

/* As a logarithm of which more than 0 is worse; null: no bound. */
function worseBy(percents, better) {
	if (percents === null || percents <= -100)
		return null;
	const value = Math.log1p(percents / 100);
	return better === "more" ? -value : value;
}

function comparisonEntry(one) {
	const look = lookOf(one.verdict);
	const ends = [worseBy(one.low_percent, one.better), worseBy(one.high_percent, one.better)];
	const [low, high] = one.better === "more" ? ends.reverse() : ends;
	const change = one.change_percent === null ? "" : signed(one.change_percent, 1);

	return {
		group: "", label: one.cell, estimate: worseBy(one.change_percent, one.better), low, high,
		limit: one.verdict === "shown" ? null : Math.log1p(one.margin_percent / 100),
		sign: look.sign, word: one.verdict, colour: look.colour, change,
		note: `${one.cell}, ${one.metric}: ${one.verdict}` +
			(one.reason ? ", " + one.reason : "") + `; base ${shortNumber(one.base_median ?? NaN)}` +
			` (${one.base_rows} rows), new ${shortNumber(one.new_median ?? NaN)}` +
			` (${one.new_rows} rows), change ${change}`,
	};
}

function comparisonNumbers(one) {
	const known = one.change_percent !== null;

	return [one.verdict, one.cell, one.metric, shortNumber(one.base_median ?? NaN),
		shortNumber(one.new_median ?? NaN), known ? signed(one.change_percent, 1) : "-",
		known ? intervalWords(one.low_percent, one.high_percent, 1) : "-",
		one.verdict === "shown" ? "" : `±${one.margin_percent} %`,
		`${one.base_rows}, ${one.new_rows}`,
		one.detectable_percent === null ? "-" : one.detectable_percent.toFixed(1) + " %"];
}

function drawComparisonTiles(panel) {
	const tiles = h("div", {class: "tile-row"});

	for (const [verdict, count] of Object.entries(data.comparison.verdicts))
		if (count > 0)
			tiles.append(tile(String(count), `${lookOf(verdict).sign} ${verdict}` +
				(verdict === "shown" ? ", not judged" : ""), lookOf(verdict).kind));
	panel.append(tiles);
}

function drawDifferences(panel) {
	const differences = data.comparison.differences;

	panel.append(h("h3", {}, "Environment"));
	if (differences.length === 0) {
		leftOut(panel, "No difference of machine, build or settings is known.");
		return;
	}
	panel.append(h("p", {class: "quiet"}, "These differ, and may be what changed:"),
		h("table", {class: "plain differs-table"}, h("thead", {}, h("tr", {}, h("th", {}, ""),
			h("th", {}, "base"), h("th", {}, "new"))), h("tbody", {}, differences.map((one) =>
			h("tr", {class: "differs"}, h("th", {scope: "row"}, "≠ " + one.name),
				h("td", {}, one.base), h("td", {}, one.new))))));
}

function drawLonely(panel) {
	const {added, removed, left_out: without} = data.comparison;
	const list = (title, cells) => (cells.length === 0 ? null : h("details", {},
		h("summary", {}, `${title} (${cells.length})`), h("ul", {}, cells.map((cell) =>
			h("li", {}, cell)))));

	panel.append(...[list("In new alone", added), list("In base alone", removed),
		list("Rows that were not VALID and are left out", without.map((one) =>
			`${one.cell}, ${one.side}: ${one.left_out} of ${one.rows} rows, ${one.verdict}` +
			(one.reason ? `: ${one.reason}` : "")))].filter(Boolean));
}

function drawMetricForest(panel, metric, all) {
	const {better} = all[0];
	const drift = data.comparison.drift.find((one) => one.metric === metric);
	const entries = all.filter((one) => one.change_percent !== null).map(comparisonEntry);
	const title = `${metric}` + (better === "none" ? "" : `, ${better} is better`) +
		(all.every((one) => one.verdict === "shown") ? "" : `; margin ${all[0].margin_percent} %`);

	/* What nobody judges is folded away. */
	const judged = entries.some((one) => one.limit !== null);
	const parent = judged || entries.length === 0 ? panel
		: h("details", {}, h("summary", {}, title + ", shown and not judged"));
	if (parent === panel)
		parent.append(h("h3", {}, title));
	else
		panel.append(parent);
	if (drift)
		parent.append(h("p", {class: "quiet"}, "All cells together moved by " +
			`${signed(drift.median_percent, 1)} (median of ${drift.cells}): that much may be ` +
			"the session's and not the servers'."));
	if (entries.length === 0) {
		leftOut(parent, "Neither side has values of it in common.");
		return;
	}
	parent.append(forestFigure(entries.slice(0, FOREST_MOST), `Changes of ${metric}`));
	if (entries.length > FOREST_MOST)
		parent.append(h("details", {}, h("summary", {}, `${entries.length - FOREST_MOST} more`),
			forestFigure(entries.slice(FOREST_MOST), `More changes of ${metric}`)));
}

/* Why what is unclear is: mostly too few repetitions. */
function drawUnclear(panel) {
	const reasons = groupCount(data.comparison.comparisons
		.filter((one) => one.verdict === "unclear" && one.reason).map((one) => one.reason));

	if (reasons.size > 0)
		panel.append(h("p", {class: "quiet"}, "Unclear because: " + [...reasons]
			.sort((a, b) => b[1] - a[1]).slice(0, 3)
			.map(([reason, count]) => `${reason} (${count})`).join("; ") + "."));
}

function drawComparison(panel) {
	const {base, new: now, comparisons} = data.comparison;
	const metrics = distinct(comparisons.map((one) => one.metric));

	panel.append(h("p", {}, `${base.path} (base, ${base.rows} rows) against ${now.path} ` +
		`(new, ${now.rows} rows). `, h("b", {}, "Unpaired: "), "the sessions were different " +
		"ones, and what the machine did between them is in every change below. For a verdict " +
		"run both servers in one session: iomodels check."));
	drawComparisonTiles(panel);
	drawUnclear(panel);
	drawDifferences(panel);
	panel.append(h("p", {class: "quiet"}, "A point is the estimate, its line the 90 % interval ",
		"(an arrow: it goes on; few repetitions allow no bound), the shaded band the margin. ",
		"The last column is the change of the metric itself."));
	for (const metric of metrics)
		drawMetricForest(panel, metric, comparisons.filter((one) => one.metric === metric));
	panel.append(numbersTable(["Verdict", "Cell", "Metric", "base", "new", "change",
		"90 % interval", "margin", "rows", "detectable"], comparisons.map(comparisonNumbers)));
	drawLonely(panel);
}
