"""What changed: the pages of `check` and of `compare --report`, in a browser."""

import json
import os
import subprocess

import page_case
from page_case import HOSTILE, read_rows, report, write_rows


class Changes(page_case.PageCase):
    """A check that is made up, since its verdicts must be known, and measured comparisons."""

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
        subprocess.run([self.program, "compare", base, new, "--report", path], check=True,
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

    def test_a_narrow_window_needs_no_sideways_scrolling(self):
        page = self.open_narrow(report(self.write_check("narrow")))
        # Long names are not broken letter by letter: their table scrolls by itself.
        self.assertGreater(page.run("document.querySelector('.numbers tbody td:nth-child(2)')"
                                    ".clientWidth"), 150)


if __name__ == "__main__":
    page_case.main()
