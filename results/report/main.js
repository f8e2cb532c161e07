/* main.js - puts the panels together, and follows the page's address, looks and paper. */

function drawCharts() {
	writeState();
	drawWinners();
	drawLatency();
	drawWhy();
}

/* "name = value" of the plan as run. */
function planValue(name) {
	const found = (data.plans[0] || "").match(new RegExp(`^${name}[ \\t]*=[ \\t]*(.*)$`, "m"));
	return found ? found[1] : "";
}

function drawHead() {
	const parts = data.rows.length > 0 ? wordsOf(common, data.rows[0])
		.filter((text) => text !== "none idle" && text !== "no work") : [];
	const started = data.rows.length > 0 ? cell(data.rows[0], "started_at") : null;
	const contents = byId("contents");

	document.title = title + " - iomodels report";
	byId("title").textContent = title;
	byId("question").textContent = planValue("question");
	byId("common").textContent = [started ? "Begun " + started : "", parts.join(", ")]
		.filter(Boolean).join(". ");
	for (const section of document.querySelectorAll("main > section:not([hidden])"))
		contents.append(h("a", {href: "#" + section.id, click: (event) => {
			event.preventDefault();
			section.scrollIntoView();
			section.querySelector("button, select, input, summary")?.focus({
				preventScroll: true});
		}}, section.querySelector("h2").textContent));
	byId("foot").textContent = `Written by ${data.written_by}. This file asks no network for ` +
		"anything; all data are in it.";
}

function setUpPrint() {
	const root = document.documentElement.classList;
	let opened = [];

	addEventListener("beforeprint", () => {
		root.add("printing");
		opened = [...document.querySelectorAll("details.numbers:not([open])")];
		opened.forEach((one) => { one.open = true; });
		drawAgain(true);
		drawVisible();
	});
	addEventListener("afterprint", () => {
		root.remove("printing");
		opened.forEach((one) => { one.open = false; });
		drawAgain(false);
		drawVisible();
	});
}

function main() {
	for (const id of ["winners", "latency", "why"])
		byId(id).append(h("div", {id: id + "-body"}));
	readState();
	drawChanged();
	drawHead();
	drawBelief();
	byId("hollow").textContent = hasSides ? "hollow and dashed is base, filled is new"
		: "hollow and dashed is Python";
	drawLegend(byId("legend"), drawCharts);
	drawCharts();
	setUpRows();
	setUpPrint();
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change",
		() => drawAgain(false));
	document.documentElement.dataset.ready = "yes";
}

main();
