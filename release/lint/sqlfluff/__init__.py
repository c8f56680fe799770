"""sqlfluff in processes of its own: the one room that imports it, and one that nothing else need be loaded for."""
