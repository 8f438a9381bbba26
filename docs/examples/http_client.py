"""A day's work with the HTTP API, with nothing but Python's standard library (3.11 or newer).

    python3 http_client.py FOLDER [BATCH]

Environment: API (default http://127.0.0.1:8235) and TOKEN. Removes the backgrounds of the pictures in FOLDER, with one
more picture of a prompt, as the batch BATCH (default day).
"""

import hashlib
import io
import json
import os
import pathlib
import sys
import urllib.error
import urllib.request
import uuid
import zipfile

API = os.environ.get("API", "http://127.0.0.1:8235")
TOKEN = os.environ["TOKEN"]


class Problem(Exception):
    """A refusal of the API. `problem` has its code, detail, remedy and errors."""

    def __init__(self, problem):
        super().__init__(f'{problem["code"]}: {problem["detail"]}')
        self.problem = problem


def send(method, path, body=None, content_type="application/json", **headers):
    """Returns the open answer, which is read like a file."""
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    if body is not None:
        names["Content-Type"] = content_type
    request = urllib.request.Request(API + path, body, {"Authorization": f"Bearer {TOKEN}", **names}, method=method)
    try:
        return urllib.request.urlopen(request, timeout=120)
    except urllib.error.HTTPError as error:
        raise Problem(json.load(error)) from None


def call(method, path, body=None, **options):
    with send(method, path, body, **options) as answer:
        return json.load(answer)


def form(parts):
    """A multipart body: name, file name, content type and bytes of each part."""
    boundary = uuid.uuid4().hex
    body = io.BytesIO()
    for name, file_name, content_type, content in parts:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n'
        body.write(f"{head}Content-Type: {content_type}\r\n\r\n".encode() + content + b"\r\n")
    body.write(f"--{boundary}--\r\n".encode())
    return body.getvalue(), f"multipart/form-data; boundary={boundary}"


def follow(batch):
    """Reads the events of a batch until it has ended, and returns its last state."""
    event = None
    with send("GET", f"/v1/batches/{batch}/events") as events:
        for line in events:
            field, _, value = line.decode().rstrip("\n").partition(": ")
            if field == "event":
                event = value
            if field == "data" and event == "end":
                return json.loads(value)
    raise RuntimeError("the events ended before the batch; follow it again")


def results(batch, query=""):
    with send("GET", f"/v1/batches/{batch}/results{query}") as lines:
        return [json.loads(line) for line in lines]


def list_all(path, name):
    """Reads every page of a list."""
    cursor = ""
    while cursor is not None:
        page = call("GET", f"{path}?limit=50{cursor and '&cursor=' + cursor}")
        yield from page[name]
        cursor = page["nextCursor"]


# By name, because not every Python knows the type of WebP.
PICTURES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}


def start(folder, batch):
    pictures = sorted(file for file in pathlib.Path(folder).iterdir() if file.suffix.lower() in PICTURES)
    rows = [
        {"key": file.stem, "operation": "background/remove/image", "input_image": f"part:{file.stem}"}
        for file in pictures
    ]
    rows.append({"key": "extra", "prompt": os.environ.get("PROMPT", "a red bicycle"), "width": 64, "height": 64})
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    parts = [("rows", "rows.jsonl", "application/jsonl", lines)]
    parts += [(file.stem, file.name, PICTURES[file.suffix.lower()], file.read_bytes()) for file in pictures]
    body, content_type = form(parts)
    return call("POST", f"/v1/batches?id={batch}&maxFailures=50%25", body, content_type=content_type)


def download(row):
    """The bytes of a result, in two parts, checked by their SHA-256."""
    with send("GET", row["file"], Range="bytes=0-9") as first:
        content, tag = first.read(), first.headers["ETag"]
    with send("GET", row["file"], Range=f"bytes={len(content)}-", If_Range=tag) as rest:
        content += rest.read()
    assert hashlib.sha256(content).hexdigest() == row["sha256"] == tag.strip('"')
    return content


def main(folder, batch="day"):
    print("started", start(folder, batch)["items"])
    counts = follow(batch)["counts"]
    print("ended", counts["succeeded"], counts["failed"])
    rows = results(batch, "?outcome=succeeded")
    print("bytes", len(download(rows[0])) == rows[0]["bytes"])
    if counts["failed"]:
        print("failed", [(row["key"], row["code"]) for row in results(batch, "?outcome=failed")])
        print("redriven", call("POST", f"/v1/batches/{batch}/redrive", {"outcomes": ["failed"]})["selected"])
        print("ended", follow(batch)["counts"]["succeeded"])
    with send("GET", f"/v1/batches/{batch}/files.zip") as answer:
        files = zipfile.ZipFile(io.BytesIO(answer.read()))
    print("zip", files.testzip(), sorted(pathlib.Path(name).stem for name in files.namelist()))
    long = "".join(json.dumps({"key": f"k{n}", "prompt": f"number {n}", "width": 64, "height": 64}) + "\n" for n in range(300))
    call("POST", f"/v1/batches?id={batch}-2&concurrency=1", long.encode(), content_type="application/jsonl")
    call("POST", f"/v1/batches/{batch}-2/cancel")
    print("cancelled", follow(f"{batch}-2")["state"])
    print("listed", sorted(one["id"] for one in list_all("/v1/batches", "batches")))


if __name__ == "__main__":
    main(*sys.argv[1:])
