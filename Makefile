# The two commands of the README, and what stands beside them. Each works on a fresh clone.
BIN = .venv/bin
.PHONY: demo test check format bench fuzz clean

demo: .venv/installed    ## run the daemon against the embedded CRM simulator
	$(BIN)/syseventd demo $(ARGS)

# ARGS choose a part, which covers a part: only the whole suite has its coverage counted.
test: .venv/installed    ## run every test that this machine allows; names what it had to skip
	$(BIN)/pytest -n 2 --dist worksteal $(if $(ARGS),--no-cov,--cov --cov-report=term) $(ARGS)

check: .venv/installed    ## format, lint, types, layers: seconds
	$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports

format: .venv/installed    ## put the code into shape
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

bench: .venv/installed    ## measure ours beside a peer; writes bench.json
	$(BIN)/python -m tests.bench

fuzz: .venv/installed    ## a million hostile replies for every source and login; needs the vendor's description
	$(BIN)/python -m tests.fuzz $(ARGS)

clean:    ## remove what the other targets made
	rm -rf .venv build dist bench.json .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/installed: pyproject.toml constraints.txt
	@echo "Installing what is needed into .venv: this may take a minute or two."
	python3 -m venv .venv && $(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]' && touch $@
