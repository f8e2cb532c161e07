"""A headless Chromium, driven over its debugging protocol by a pair of pipes."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

NAMES = ("chromium", "chromium-browser", "google-chrome")
DEADLINE_S = 60  # generous: a failure, not a measurement
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
    "--no-first-run", "--no-default-browser-check", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-extensions", "--mute-audio",
    "--disable-features=Translate,OptimizationHints,MediaRouter", "--remote-debugging-pipe",
)


def find():
    """The path of a Chromium, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One process; pages are opened in it one after the other."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="iomodels-browser-")
        to_child, self.write_fd = os.pipe()
        self.read_fd, from_child = os.pipe()

        def pipes():
            # Higher first: the two ends must not overwrite each other.
            command, answer = os.dup(to_child), os.dup(from_child)
            os.dup2(command, 3)
            os.dup2(answer, 4)

        self.process = subprocess.Popen(
            [find(), *FLAGS, f"--user-data-dir={self.profile}", "about:blank"],
            preexec_fn=pipes, close_fds=False, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_child)
        os.close(from_child)
        self.next_id = 0
        self.buffer = b""
        self.events = []

    def close(self):
        """Ends it, with all its processes; leaves no file."""
        try:
            self.call("Browser.close")
        except (OSError, RuntimeError, TimeoutError):
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, 9)
            self.process.wait()
        os.close(self.write_fd)
        os.close(self.read_fd)
        for _ in range(50):  # its helpers may still be writing
            shutil.rmtree(self.profile, ignore_errors=True)
            if not os.path.exists(self.profile):
                break
            time.sleep(0.1)

    def read(self, deadline):
        """The next message."""
        while b"\0" not in self.buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.read_fd], [], [], left)[0]:
                raise TimeoutError("the browser does not answer")
            more = os.read(self.read_fd, 1 << 20)
            if not more:
                raise RuntimeError("the browser has ended")
            self.buffer += more
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, session=None, **parameters):
        """Calls a method of the protocol; what happens meanwhile goes to `events`."""
        self.next_id += 1
        message = {"id": self.next_id, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.write_fd, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + DEADLINE_S
        while True:
            answer = self.read(deadline)
            if answer.get("id") == self.next_id:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def open(self, path, width=1200, height=900, fragment="", dark=False):
        """A page of a file, when its scripts have run."""
        page = Page(self, width, height)
        if dark:
            page.look(dark=True)
        page.go("file://" + os.path.abspath(path) + fragment)
        return page


class Page:
    """A tab, and what it has said and asked for."""

    def __init__(self, browser, width, height):
        self.browser = browser
        self.target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=self.target,
                                    flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(domain + ".enable")
        self.resize(width, height)

    def call(self, method, **parameters):
        """A method of the protocol, on this page."""
        return self.browser.call(method, self.session, **parameters)

    def go(self, url):
        """Loads it and waits until the page says that it is ready."""
        self.url = url
        self.call("Page.navigate", url=url)
        deadline = time.monotonic() + DEADLINE_S
        while not self.is_ready():
            if time.monotonic() > deadline or self.errors():
                raise TimeoutError(f"the page is not ready: {self.errors()}")
            time.sleep(0.05)

    def is_ready(self):
        """Whether its scripts have run to their end."""
        try:
            return self.run("document.documentElement.dataset.ready || ''") == "yes"
        except RuntimeError:  # it is just being replaced
            return False

    def run(self, expression):
        """The value of an expression there; promises are waited for."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                           awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"])[:2000])
        return answer["result"].get("value")

    def settle(self):
        """Two frames later: observers were called, charts are drawn."""
        self.run("new Promise((done) => requestAnimationFrame(() => "
                 "requestAnimationFrame(() => setTimeout(done, 30))))")

    def resize(self, width, height):
        """The window's size."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)

    def look(self, dark):
        """Light or dark."""
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def screenshot(self, path, whole=True):
        """A PNG of the whole page, or of the window."""
        picture = self.call("Page.captureScreenshot", captureBeyondViewport=whole,
                            format="png", **self.clip(whole))
        with open(path, "wb") as file:
            file.write(base64.b64decode(picture["data"]))

    def clip(self, whole):
        """The area of a screenshot of the whole page."""
        if not whole:
            return {}
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        return {"clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"],
                         "scale": 1}}

    def pdf(self):
        """What would be printed, as bytes."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"])

    def mine(self, method):
        """The events of a kind that this page has had."""
        return [event["params"] for event in self.browser.events
                if event.get("sessionId") == self.session and event["method"] == method]

    def errors(self):
        """What a developer would see in red."""
        return ([event for event in self.mine("Runtime.consoleAPICalled")
                 if event["type"] in ("error", "warning", "assert")]
                + self.mine("Runtime.exceptionThrown")
                + [event["entry"] for event in self.mine("Log.entryAdded")
                   if event["entry"]["level"] in ("error", "warning")])

    def requests(self):
        """The addresses that the page has asked for, itself included."""
        return [event["request"]["url"] for event in self.mine("Network.requestWillBeSent")]

    def close(self):
        """Closes the tab."""
        self.browser.call("Target.closeTarget", targetId=self.target)
