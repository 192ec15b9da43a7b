# make run     set up, then serve on inet:7357@127.0.0.1 with a clamd of its own (or CLAMD_SOCKET=...)
# make test    set up, then run every test that this machine can run
# make check   lint, types, layers
# make setup   .venv/ with clamgate, clamav-milter and the tools
# make bench   compare the speed with bare clamd, clamav-milter and others: docs/performance.md
# make docs    write what is generated from the table of directives
.PHONY: run test check setup bench docs clean

BIN := .venv/bin

run: setup
	@[ -n "$${CLAMD_SOCKET:-}" ] || tools/packages clamd
	@exec $(BIN)/clamgate demo $(RUN_ARGS)

test: setup
	@tools/packages clamd test image || echo "going on without them: their tests are skipped"
	@tools/sendmail || echo "going on without Sendmail: its tests are skipped"
	$(BIN)/pytest -n auto $(PYTEST_ARGS)

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports

setup: .venv/.installed

.venv/.installed: pyproject.toml tools/setup
	@tools/setup

# BENCH_ARGS=--quick takes 3 minutes and not 11.
bench: setup
	@tools/packages clamd test
	@$(BIN)/python -c 'import matplotlib' 2>/dev/null || \
		$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[bench]'
	$(BIN)/python -m bench $(BENCH_ARGS)

docs: setup
	$(BIN)/python -m clamgate.config.manual > docs/directives.md
	$(BIN)/python -m clamgate.config.sample > conf/clamav-milter.conf

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
