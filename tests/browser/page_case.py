"""What the tests of the page share: a measured directory, a browser, and what writes pages."""

import csv
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import browser

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
    done = subprocess.run([PageCase.program, "report", directory], check=True, capture_output=True,
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


class PageCase(unittest.TestCase):
    """One browser and one measured directory for all tests of a class."""

    program = None  # of the command line

    @classmethod
    def setUpClass(cls):
        cls.room = tempfile.mkdtemp(prefix="iomodels-report-")
        cls.addClassCleanup(shutil.rmtree, cls.room, ignore_errors=True)
        plan = os.path.join(cls.room, "browser.ini")
        with open(plan, "w", encoding="utf-8") as file:
            file.write(PLAN)
        cls.directory = os.path.join(cls.room, "measured")
        # Short rows may be judged unstable: the page shows them all the same.
        subprocess.run([cls.program, "run", plan, "--out", cls.directory], check=False,
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

    def open_narrow(self, path):
        """A page in a window as narrow as a telephone's, in which nothing may stick out."""
        page = self.open(path, width=360, height=740)
        page.run("dispatchEvent(new Event('beforeprint'))")
        page.settle()
        self.assertLessEqual(page.run("document.documentElement.scrollWidth"), 360)
        return page


def main():
    """Runs the tests of the script; its first argument is the program."""
    if not browser.find():
        print("skipped: no Chromium here (Debian package chromium)")
        sys.exit(77)
    PageCase.program = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
