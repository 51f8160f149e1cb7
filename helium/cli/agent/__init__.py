"""What an agent may do, by the Model Context Protocol. `answers` marks what others wrote; `server` has the tools."""
