"""Two workers at one socket, and four clients."""

import os
import signal
import socket


def work(number, listener):
    while True:
        client, _ = listener.accept()
        with client:
            client.recv(1024)
            client.sendall(f"worker {number}".encode())


def ask(address):
    with socket.create_connection(address) as server:
        server.sendall(b"hello")
        return server.recv(1024).decode()


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0))
    workers = []
    for number in (1, 2):
        worker = os.fork()
        if worker == 0:
            work(number, listener)
        workers.append(worker)
    for client in range(1, 5):
        print(f"client {client}: answered by {ask(listener.getsockname())}")
    for worker in workers:
        os.kill(worker, signal.SIGTERM)
        os.waitpid(worker, 0)
