"""probe - asks one interpreter which of these servers it can run.

    python3 probe.py NAME_server.py ..

Prints one JSON object: what the interpreter is, the packages that servers may need, and in the
order of the files why each cannot be run, or null. A server is asked by importing what it needs.
"""
import importlib.metadata
import json
import platform
import runpy
import sys
import traceback

PACKAGES = ("greenlet", "gevent", "eventlet")


def version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def reason(path):
    try:
        runpy.run_path(path)  # its main() is not called: it is no __main__
    except BaseException as error:  # whatever a module may do when it is imported
        return traceback.format_exception_only(type(error), error)[-1].strip()
    return None


if __name__ == "__main__":
    reasons = [reason(path) for path in sys.argv[1:]]
    print(json.dumps({"implementation": platform.python_implementation(),
                      "version": platform.python_version(),
                      "packages": {package: version(package) for package in PACKAGES},
                      "reasons": reasons}))
