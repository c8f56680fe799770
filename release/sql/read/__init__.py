"""From text to statements: cut, parse trees, names, constants, bodies, quoting."""
