/* dom.js - elements. Text from results becomes text nodes and attributes, never markup. */

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
	for (const [name, value] of Object.entries(attributes || {})) {
		if (typeof value === "function")
			node.addEventListener(name, value);
		else if (value === true)
			node.setAttribute(name, "");
		else if (value !== false && value !== null && value !== undefined)
			node.setAttribute(name, value);
	}
	node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
	return node;
}

function h(tag, attributes, ...children) {
	return fill(document.createElement(tag), attributes, children);
}

function s(tag, attributes, ...children) {
	return fill(document.createElementNS(SVG, tag), attributes, children);
}

function byId(id) {
	return document.getElementById(id);
}

/* A panel, or a part of one, that is not there says why. */
function leftOut(parent, reason) {
	parent.append(h("p", {class: "left-out"}, reason));
}

/* As wide as it can be drawn. */
function widthOf(node) {
	return Math.max(280, Math.floor(node.clientWidth || 0));
}

function cssValue(name) {
	return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/*
 * Charts are drawn when they come near the window, and again when their width or the page's
 * colours change; all of them before the page is printed. `draw` gets the node.
 */
const drawings = new Map(); /* node -> {draw, width} */

function drawNow(node) {
	const drawing = drawings.get(node);
	const width = widthOf(node);

	if (!drawing || drawing.width === width)
		return;
	drawing.width = width;
	drawing.draw(node);
}

const near = new IntersectionObserver((entries) => {
	for (const entry of entries)
		if (entry.isIntersecting)
			drawNow(entry.target);
}, {rootMargin: "400px"});

const resized = new ResizeObserver((entries) => {
	for (const entry of entries) {
		const drawing = drawings.get(entry.target);
		if (drawing && drawing.width > 0)
			drawNow(entry.target);
	}
});

function drawLater(node, draw) {
	drawings.set(node, {draw, width: 0});
	near.observe(node);
	resized.observe(node);
	return node;
}

/* What is no longer in the page. */
function forget(parent) {
	for (const node of [...drawings.keys()])
		if (parent.contains(node)) {
			near.unobserve(node);
			resized.unobserve(node);
			drawings.delete(node);
			if (typeof Chart !== "undefined" && node.querySelector("canvas"))
				Chart.getChart(node.querySelector("canvas"))?.destroy();
		}
	parent.replaceChildren();
}

/* What has been drawn, in the colours of now; with `all` the rest too. */
function drawAgain(all) {
	for (const [node, drawing] of drawings)
		if (all || drawing.width > 0) {
			drawing.width = 0;
			drawNow(node);
		}
}
