"""Jobs watched live: one hub in each process, and a stream for each watcher."""
