"""A receiver of notifications, with the Standard Webhooks library (pip install standardwebhooks).

    IMAGEPIPELINE_NOTIFY_SECRET=whsec_... python3 notification_receiver.py [PORT]

Prints one line for each notification, once. Listens on this machine; put TLS in front of it.
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

webhook = Webhook(os.environ["IMAGEPIPELINE_NOTIFY_SECRET"])
# A service keeps these in its database, for at least two days.
seen = set()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        try:
            event = webhook.verify(body, {name.lower(): value for name, value in self.headers.items()})
        except WebhookVerificationError:
            return self.answer(401)
        # Work that takes longer than some seconds belongs into a queue: the sender waits 15 s.
        if event["id"] not in seen:
            seen.add(event["id"])
            print(event["type"], event["id"], flush=True)
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_arguments):
        """The path of a receiver may be a secret."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 8080), Receiver)
    print("listening on", server.server_address[1], flush=True)
    server.serve_forever()
