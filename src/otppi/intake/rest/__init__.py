"""The HTTP door: `assembly.rest_app` puts it together, `server.RestServer` listens."""
