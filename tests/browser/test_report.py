"""The page of `iomodels report`, in a browser: it is whole, asks nobody, and does what it says."""

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import browser

PROGRAM = None  # of the command line
PLAN = """[plan]
name = browser
question = Does the page show what was measured?
repetitions = 2
duration = 200ms
warmup = 50ms
placement = shared

[cells closed]
model = epoll poll
connections = 1 4

[cells open]
model = epoll
connections = 4
offered_rps = 8k 16k
"""
HOSTILE = "exec:</script><img src=x onerror=alert(1)><!-- \u2028'\"&amp;"


def report(directory):
    """Writes the page of a directory; its path."""
    done = subprocess.run([PROGRAM, "report", directory], check=True, capture_output=True,
                          text=True)
    return done.stdout.strip()


def read_rows(directory):
    """The rows of its results.csv, as dictionaries."""
    with open(os.path.join(directory, "results.csv"), newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_rows(directory, rows):
    """A directory with no more than a results.csv."""
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, "results.csv"), "w", newline="",
              encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


class Report(unittest.TestCase):
    """One browser and one measured directory for all of them."""

    @classmethod
    def setUpClass(cls):
        cls.room = tempfile.mkdtemp(prefix="iomodels-report-")
        cls.addClassCleanup(shutil.rmtree, cls.room, ignore_errors=True)
        plan = os.path.join(cls.room, "browser.ini")
        with open(plan, "w", encoding="utf-8") as file:
            file.write(PLAN)
        cls.directory = os.path.join(cls.room, "measured")
        # Short rows may be judged unstable: the page shows them all the same.
        subprocess.run([PROGRAM, "run", plan, "--out", cls.directory], check=False,
                       capture_output=True, text=True)
        cls.page_path = report(cls.directory)
        cls.browser = browser.Browser()
        cls.addClassCleanup(cls.browser.close)

    def open(self, path=None, **how):
        """A page that is closed when the test ends; it must have no errors until then."""
        page = self.browser.open(path or self.page_path, **how)
        self.addCleanup(page.close)
        self.addCleanup(lambda: self.assertEqual(page.errors(), []))
        return page

    def test_no_request_leaves_the_file(self):
        page = self.open()
        page.run("dispatchEvent(new Event('beforeprint'))")
        page.settle()
        for url in page.requests():
            self.assertTrue(url == page.url or url.startswith("data:"), url)
        self.assertIn(page.url, page.requests())

    def test_every_panel_has_its_marks(self):
        page = self.open()
        page.run("dispatchEvent(new Event('beforeprint'))")
        page.settle()
        marks = page.run("""({
            tiles: document.querySelectorAll('.tile').length,
            facts: document.querySelectorAll('#environment tr').length,
            chips: document.querySelectorAll('.chip .mark').length,
            dots: [...document.querySelectorAll('.dots')].map(
                (node) => node.querySelectorAll('.mark').length),
            curves: typeof Chart === 'undefined' ? [] :
                [...document.querySelectorAll('.curve canvas')].map(
                    (canvas) => Chart.getChart(canvas).data.datasets.reduce(
                        (sum, set) => sum + set.data.length, 0)),
            heats: [...document.querySelectorAll('canvas.heat')].map(
                (canvas) => Number(canvas.dataset.cells)),
            strips: [...document.querySelectorAll('svg.strip .trace')].map(
                (one) => one.getAttribute('d').split('H').length - 1),
            repetitions: typeof Chart === 'undefined' ? '' : Chart.getChart(
                document.querySelector('.curve canvas')).data.datasets.filter(
                    (set) => set.repetitions).map((set) => set.data.length).join(),
            why: document.querySelectorAll('#why svg .mark').length,
            rows: document.querySelectorAll('#row-view tbody tr').length})""")
        self.assertGreaterEqual(marks["tiles"], 3)
        self.assertGreater(marks["facts"], 20)
        self.assertEqual(marks["chips"], 2)
        self.assertEqual(len([n for n in marks["dots"] if n > 0]), len(marks["dots"]))
        self.assertGreaterEqual(len(marks["dots"]), 6)
        if page.run("typeof Chart !== 'undefined'"):
            # throughput over connections, percentiles, two load curves
            self.assertEqual(len(marks["curves"]), 4)
            self.assertTrue(all(n > 0 for n in marks["curves"]))
            # two servers, two numbers of connections, two repetitions of each
            self.assertEqual(marks["repetitions"], "4,4")
        else:
            self.assertIn("without Chart.js", page.run("document.body.textContent"))
        self.assertEqual(len(marks["strips"]), 2)
        self.assertTrue(all(n > 0 for n in marks["strips"]))
        self.assertEqual(len(marks["heats"]), 2)
        self.assertTrue(all(n > 0 for n in marks["heats"]))
        self.assertGreater(marks["why"], 0)
        self.assertEqual(marks["rows"], len(read_rows(self.directory)))

    def write_check(self, name, **changes):
        """The directory of a check of one row, which was launched four times and once more."""
        directory = os.path.join(self.room, name)
        write_rows(directory, read_rows(self.directory))

        def metric(name, gated, verdict, values):
            return {"metric": name, "gated": gated, "verdict": verdict, "reason": "it is so",
                    "margin": 0.04, "attenuation": 0.5, "limit": 0.02, "change_percent": -4.9,
                    "screen": values, "confirm": [0.06], "size": [],
                    "finding": {"decision": verdict, "launches": len(values),
                                "estimate": 0.05, "low": 0.04, "high": 0.06, "lower": 0.03,
                                "upper": None, "detectable": 0.03}}
        row = {"server": HOSTILE, "scenario": "tcp c16 64 B", "cell": "cell", "mode": "abba",
               "mode_reason": HOSTILE, "verdict": "REGRESSION", "reason": "", "metrics": [
                   metric("throughput", True, "REGRESSION", [0.05, 0.04, None, 0.06] * 2),
                   metric("CPU", False, "REPORTED", [0.01] * 4)],
               "syscalls_per_request": {"verdict": "REGRESSION", "base": 2, "new": 3}}
        check = {"rows": [row], "valid": True, "seed": 1, "seconds": 12.5, "exit_status": 1,
                 "undecided": 0, "command_line": "iomodels check",
                 "plan": {"looks": [{"launches": 8, "alpha": 0.005}], "confirm_launches": 12},
                 "null": {"biased": False, "metrics": [
                     {"metric": "throughput", "estimate": 0.001, "limit": 0.01,
                      "values": [0.01, -0.01]}]}}
        with open(os.path.join(directory, "check.json"), "w", encoding="utf-8") as file:
            json.dump({**check, **changes}, file)
        return directory

    def write_slices(self, directory):
        """Two launches in turns, of two slices; new is slower where base began."""
        with open(os.path.join(directory, "slices.csv"), "w", encoding="utf-8") as file:
            file.write("cell,launch,slice,side,order,stage,mode,throughput_rps,steal_percent\n")
            for launch in (1, 2):
                for number, first, rates in ((1, "base", (1000, 500)), (2, "new", (1000, 1000))):
                    sides = ("base", "new") if first == "base" else ("new", "base")
                    for turn, side in enumerate(sides):
                        rate = rates[0] if side == "base" else rates[1]
                        file.write(f"cell,{launch},{number},{side},{turn + 1},screen,abba,"
                                   f"{rate}.000,0.5\n")

    def test_a_check_shows_what_changed(self):
        directory = self.write_check("checked")
        self.write_slices(directory)
        page = self.open(report(directory))
        page.run("dispatchEvent(new Event('beforeprint'))")
        page.settle()
        seen = page.run("""({
            hidden: document.getElementById('changed').hidden,
            first: document.querySelector('main > section').id,
            head: document.querySelector('.verdict-head').textContent,
            text: document.getElementById('changed').textContent,
            forest: ['.entry', '.mark', '.band', '.whisker'].map((name) =>
                document.querySelectorAll('#changed .forest ' + name).length),
            launches: [...document.querySelectorAll('#changed .launches')].map((one) => [
                one.querySelectorAll('.mark').length,
                one.querySelectorAll('.hollow').length, one.querySelectorAll('.band').length]),
            slices: [...document.querySelectorAll('#changed .slices .trace')].map((one) =>
                one.getAttribute('d').split(/[ML]/).length - 1),
            numbers: [...document.querySelectorAll('.numbers tbody tr:first-child td')].map(
                (one) => one.textContent),
            calls: [...document.querySelectorAll('.calls tbody td')].map(
                (one) => one.textContent)})""")
        self.assertFalse(seen["hidden"])
        self.assertEqual(seen["first"], "changed")
        self.assertIn("▲ REGRESSION", seen["head"])
        self.assertIn("0 not decided", seen["head"])
        for text in (HOSTILE, "= clean", "8 (α 0.005) launches; 12 fresh ones confirm",
                     "margin 4 % × 50 %", "throughput 5.8 %", "it is so"):
            self.assertIn(text, seen["text"])
        # Two metrics of the row, one of them with a limit, and the null control.
        self.assertEqual(seen["forest"], [3, 3, 2, 3])
        # Six values and one that confirms; then the null control.
        self.assertEqual(seen["launches"], [[7, 1, 1], [2, 0, 1]])
        self.assertEqual(seen["slices"], [4, 4])
        self.assertEqual(seen["numbers"], [
            "▲ REGRESSION", HOSTILE + ", tcp c16 64 B", "throughput", "-", "-", "−4.9 %",
            "−5.8 % .. −3.9 %", "−2.0 %", "8+1", "3.0 %"])
        self.assertIn("lag-1", seen["text"])
        self.assertIn("order effect +100.0 %", seen["text"])
        self.assertEqual(seen["calls"][1:4], ["2.000", "3.000", "+1.000"])

    def test_an_empty_check_says_so(self):
        rows = [{"server": "epoll", "scenario": "c1", "cell": "c", "mode": "duet",
                 "verdict": "INVALID", "reason": "nobody answered", "metrics": []}]
        page = self.open(report(self.write_check(
            "empty", rows=rows, exit_status=3, undecided=1, valid=False, reason="too few",
            null={"biased": True, "metrics": []})))
        text = page.run("document.getElementById('changed').textContent")
        for part in ("NO VERDICT", "too few", "nobody answered", "✕ biased",
                     "No launches were made", "They were not counted"):
            self.assertIn(part, text)
        unchecked = self.open()
        self.assertTrue(unchecked.run("document.getElementById('changed').hidden"))

    def compare(self, base, new, name):
        """The page of a comparison; its path."""
        path = os.path.join(self.room, name)
        subprocess.run([PROGRAM, "compare", base, new, "--report", path], check=True,
                       capture_output=True, text=True)
        return path

    def test_a_comparison_shows_both_sides(self):
        slower = os.path.join(self.room, "<i>slower")
        rows = [dict(row, throughput_rps=f"{float(row['throughput_rps']) / 2:.3f}")
                for row in read_rows(self.directory)]
        for row in rows[::2]:
            row["verdict"], row["verdict_reason"] = "SERVER_ERRORS", HOSTILE
        write_rows(slower, rows)
        with open(os.path.join(slower, "environment.json"), "w", encoding="utf-8") as file:
            file.write('{"kernel": "<img src=z>"}')
        page = self.open(self.compare(self.directory, slower, "both.html"))
        page.run("dispatchEvent(new Event('beforeprint'))")
        page.settle()
        seen = page.run("""({
            title: document.getElementById('title').textContent,
            text: document.getElementById('changed').textContent,
            markup: document.querySelectorAll('img, i[id], h1 i').length,
            entries: document.querySelectorAll('#changed .forest .entry').length,
            marks: document.querySelectorAll('#changed .forest .mark').length,
            differs: document.querySelectorAll('#environment .differs').length,
            chips: ['.mark', '.mark.hollow'].map(
                (name) => document.querySelectorAll('.chip ' + name).length),
            sides: [...new Set(data_sides())]})
            """.replace("data_sides()", "[...document.querySelectorAll('#row-view tbody tr')]"
                        ".map((row) => [...row.cells].map((one) => one.textContent)"
                        ".find((text) => ['base', 'new'].includes(text)))"))
        self.assertEqual(seen["title"], "measured → <i>slower")
        self.assertEqual(seen["markup"], 0)
        for text in ("Unpaired:", "<img src=z>", HOSTILE, "≠ kernel", "throughput_rps"):
            self.assertIn(text, seen["text"])
        self.assertGreater(seen["entries"], 4)
        self.assertEqual(seen["entries"], seen["marks"])
        self.assertGreater(seen["differs"], 0)
        self.assertEqual(seen["chips"], [4, 2])
        self.assertEqual(sorted(seen["sides"]), ["base", "new"])

    def test_two_files_alone_have_a_page(self):
        other = os.path.join(self.room, "other")
        write_rows(other, read_rows(self.directory))
        files = [os.path.join(one, "results.csv") for one in (other, self.directory)]
        page = self.open(self.compare(*files, "files.html"))
        self.assertIn("The machine is not known", page.run("document.body.textContent"))
        self.assertIn("nothing is known of it over time", page.run("document.body.textContent"))

    def column(self, page, name):
        """The texts of a column of the rows in view."""
        return page.run("""((name) => {
            const i = [...document.querySelectorAll('#row-view th button')].findIndex(
                (button) => button.dataset.column === name);
            return [...document.querySelectorAll('#row-view tbody tr')].map(
                (row) => row.cells[i].textContent);
        })('%s')""" % name)

    def press(self, page, name):
        """Presses the header of a column."""
        page.run("document.querySelector('#row-view th [data-column=%s]').click()" % name)
        return page.run("document.querySelector('#row-view th [data-column=%s]')"
                        ".parentNode.getAttribute('aria-sort')" % name)

    def test_sorting_orders_the_rows(self):
        page = self.open()
        as_measured = self.column(page, "throughput_rps")
        numbers = sorted(float(text.replace(",", "")) for text in as_measured)
        self.assertEqual(self.press(page, "throughput_rps"), "ascending")
        self.assertEqual([float(text.replace(",", ""))
                          for text in self.column(page, "throughput_rps")], numbers)
        self.assertEqual(page.run("document.activeElement.dataset.column"), "throughput_rps")
        self.assertEqual(self.press(page, "throughput_rps"), "descending")
        self.assertEqual([float(text.replace(",", ""))
                          for text in self.column(page, "throughput_rps")], numbers[::-1])
        self.assertEqual(self.press(page, "throughput_rps"), "none")
        self.assertEqual(self.column(page, "throughput_rps"), as_measured)

    def filter(self, page, text):
        """Types conditions; what is said about their number."""
        page.run("""((text) => { const where = document.getElementById('where');
            where.value = text; where.dispatchEvent(new Event('input')); })('%s')""" % text)
        return page.run("document.getElementById('count').textContent")

    def test_filtering_chooses_rows_and_is_in_the_address(self):
        page = self.open()
        rows = read_rows(self.directory)
        self.assertEqual(self.filter(page, "connections=1"), f"4 of {len(rows)} rows")
        self.assertEqual(set(self.column(page, "connections")), {"1"})
        self.assertEqual(self.filter(page, "model=poll repetition>=2"),
                         f"2 of {len(rows)} rows")
        self.assertEqual(set(self.column(page, "model")), {"poll"})
        address = page.run("location.hash")
        again = self.open(fragment=address)
        self.assertEqual(self.column(again, "model"), ["poll", "poll"])
        self.assertEqual(self.filter(again, "nosuch=1"), "a condition names no column")
        self.assertEqual(self.column(again, "model"), [])

    def test_a_server_leaves_the_charts_and_comes_back(self):
        page = self.open()
        press = """[...document.querySelectorAll('.chip')].find(
            (chip) => chip.textContent === 'epoll').click()"""
        page.run(press)
        page.run("dispatchEvent(new Event('beforeprint'))")
        labels = "[...document.querySelectorAll('.dots svg')].map((one) => one.textContent).join()"
        self.assertNotIn("epoll", page.run(labels))
        self.assertEqual(page.run("location.hash"), "#off=epoll")
        page.run(press)
        page.run("dispatchEvent(new Event('beforeprint'))")
        self.assertIn("epoll", page.run(labels))
        self.assertEqual(page.run("location.hash"), "")

    def test_the_download_is_the_file(self):
        page = self.open()
        downloads = os.path.join(self.room, "downloads")
        self.browser.call("Browser.setDownloadBehavior", behavior="allow",
                          downloadPath=downloads, eventsEnabled=True)
        page.run("[...document.querySelectorAll('button')].find("
                 "(one) => one.textContent.startsWith('Download')).click()")
        path = os.path.join(downloads, "measured.csv")
        for _ in range(200):
            page.settle()
            if os.path.exists(path):
                break
        with open(path, encoding="utf-8") as got, open(
                os.path.join(self.directory, "results.csv"), encoding="utf-8") as expected:
            self.assertEqual(got.read(), expected.read())

    def test_rows_are_copied_as_markdown(self):
        page = self.open()
        self.browser.call("Browser.grantPermissions",
                          permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
        page.call("Page.bringToFront")
        self.filter(page, "model=poll repetition=1 connections=1")
        text = page.run("""(async () => {
            const button = [...document.querySelectorAll('button')].find(
                (one) => one.textContent === 'Copy as Markdown');
            button.click();
            while (button.textContent === 'Copy as Markdown')
                await new Promise((done) => setTimeout(done, 20));
            return button.textContent + '\\n' + await navigator.clipboard.readText();
        })()""").splitlines()
        self.assertEqual(text[0], "Copied")
        self.assertTrue(text[1].startswith("| model |"), text[1])
        self.assertIn("throughput\\_rps", text[1])
        self.assertTrue(text[3].startswith("| poll |"), text[3])
        self.assertEqual(len(text), 4)

    def test_hostile_texts_stay_text(self):
        rows = read_rows(self.directory)
        for row in rows[::2]:
            row["model"] = HOSTILE
            row["verdict"] = "SERVER_ERRORS"
            row["verdict_reason"] = "</pre><b id=broken>x</b>]]>"
        directory = os.path.join(self.room, "<i>hostile")
        write_rows(directory, rows)
        with open(os.path.join(directory, "plan.ini"), "w", encoding="utf-8") as file:
            file.write("[plan]\nquestion = <b id=broken>?</b></script><script>alert(1)//\n")
        with open(os.path.join(directory, "environment.json"), "w", encoding="utf-8") as file:
            file.write('{"cpu_model": "<img src=y>", "<u>": {"</table>": "<!--"}}')
        page = self.open(report(directory))
        page.run("dispatchEvent(new Event('beforeprint'))")
        page.settle()
        self.assertEqual(page.run("document.querySelectorAll('img, i[id], #broken, u').length"),
                         0)
        self.assertEqual(page.run("document.scripts.length"), 3)
        self.assertEqual(page.run("document.getElementById('title').textContent"),
                         "<i>hostile")
        self.assertIn(HOSTILE, page.run("document.getElementById('legend').textContent"))
        self.assertIn(HOSTILE, page.run("document.querySelector('#row-view').textContent"))
        self.assertEqual([url for url in page.requests() if url.startswith("http")], [])

    def test_ten_thousand_rows_open(self):
        base = read_rows(self.directory)[0]
        rows = [dict(base, model=f"exec:server-{i % 40}", connections=str(1 << (i // 40 % 12)),
                     repetition=str(i // 480), throughput_rps=f"{1000 + i * 7 % 9000}.000")
                for i in range(10000)]
        directory = os.path.join(self.room, "many")
        write_rows(directory, rows)
        page = self.open(report(directory))
        took = page.run("performance.getEntriesByType('navigation')[0].domComplete")
        print(f"10,000 rows: {os.path.getsize(os.path.join(directory, 'report.html'))} bytes, "
              f"open after {took:.0f} ms")
        self.assertLess(took, 20000)
        self.assertLess(page.run("document.querySelectorAll('#row-view tr').length"), 100)
        page.run("document.getElementById('row-view').scrollTop = 1e9")
        page.settle()
        self.assertEqual(page.run("[...document.querySelectorAll('#row-view [aria-rowindex]')]"
                                  ".pop().getAttribute('aria-rowindex')"), "10001")

    def test_dark_looks_follow_the_reader(self):
        page = self.open()
        look = """getComputedStyle(document.body).backgroundColor + ' ' +
            getComputedStyle(document.querySelector('.chip g, .chip path')).fill"""
        light = page.run(look)
        page.look(dark=True)
        page.settle()
        dark = page.run(look)
        self.assertTrue(all(a != b for a, b in zip(light.split(") "), dark.split(") "))))

    def test_it_prints(self):
        page = self.open(dark=True)
        self.assertTrue(page.pdf().startswith(b"%PDF"))
        page.settle()
        self.assertFalse(page.run(
            "document.documentElement.classList.contains('printing')"))
        self.assertEqual(page.run("[...document.querySelectorAll('.dots')].filter("
                                  "(node) => !node.querySelector('svg')).length"), 0)

    def test_a_narrow_window_needs_no_sideways_scrolling(self):
        for path in (self.page_path, report(self.write_check("narrow"))):
            page = self.open(path, width=360, height=740)
            page.run("dispatchEvent(new Event('beforeprint'))")
            page.settle()
            self.assertLessEqual(page.run("document.documentElement.scrollWidth"), 360)
        # Long names are not broken letter by letter: their table scrolls by itself.
        self.assertGreater(page.run("document.querySelector('.numbers tbody td:nth-child(2)')"
                                    ".clientWidth"), 150)


if __name__ == "__main__":
    if not browser.find():
        print("skipped: no Chromium here (Debian package chromium)")
        sys.exit(77)
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
