"""The page of `iomodels report`, in a browser: it is whole, asks nobody, and does what it says."""

import os
import statistics

import page_case
from page_case import HOSTILE, read_rows, report, write_rows


class Report(page_case.PageCase):
    """The panels of measured rows, and what can be done with them."""

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
            capacities: typeof Chart === 'undefined' ? [] :
                [...document.querySelectorAll('.curve canvas')].flatMap(
                    (canvas) => Chart.getChart(canvas).data.datasets).map(
                        (set) => set.capacity).filter(Boolean),
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
            # epoll's closed loop of as many connections, in both load curves
            closed = statistics.median(float(row["throughput_rps"])
                                       for row in read_rows(self.directory)
                                       if (row["model"], row["connections"], row["loop"]) ==
                                       ("epoll", "4", "closed"))
            self.assertEqual(len(marks["capacities"]), 2)
            for capacity in marks["capacities"]:
                self.assertAlmostEqual(capacity, closed, delta=1)
        else:
            self.assertIn("without Chart.js", page.run("document.body.textContent"))
        self.assertEqual(len(marks["strips"]), 2)
        self.assertTrue(all(n > 0 for n in marks["strips"]))
        self.assertEqual(len(marks["heats"]), 2)
        self.assertTrue(all(n > 0 for n in marks["heats"]))
        self.assertGreater(marks["why"], 0)
        self.assertEqual(marks["rows"], len(read_rows(self.directory)))

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
        self.open_narrow(self.page_path)


if __name__ == "__main__":
    page_case.main()
