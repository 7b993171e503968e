"""Driving an engine: the protocol, its transports (thread, process), lanes, jobs, the queue, clients.

May import every room of the engine below `engine.api`. Only the command line, the API and the window import it.
Nothing here computes a result: that is `engine.run`. Files without torch: protocol, process, client, follow, queue.
"""
