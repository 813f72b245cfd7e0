# Latent. `make run` starts everything, `make test` tests everything; both install what they need.
# Recipes use relative paths only, so that a checkout may lie on a path with blanks.

.PHONY: run test setup build check fix gen mutants bench bench-quick bench-ledger

run: ## start Latent on this machine
	@scripts/setup run
	@scripts/start

test: ## all checks and tests: backend, frontend, browser
	@scripts/setup test
	@scripts/test

setup: ## install the locked dependencies
	@scripts/setup test

build: ## build the web client
	@scripts/setup run

check: ## checks without tests
	@scripts/setup test
	@scripts/check

fix: ## format and mend what can be mended automatically
	@.venv/bin/ruff check --fix --quiet backend tests scripts benchmarks || true
	@.venv/bin/ruff format --quiet backend tests scripts benchmarks
	@cd frontend && npm run --silent fix

gen: ## write what is generated: API document, client types, function index
	@.venv/bin/python scripts/gen.py

mutants: ## seed defects into copies of the ledger's code, and see its tests fail
	@scripts/setup test
	@.venv/bin/python scripts/mutants.py

bench: ## streams through the whole product beside a splice, and pages; about 12 minutes; writes benchmarks/results/streams.json
	@scripts/setup test
	@.venv/bin/python -m benchmarks.streams

bench-quick: ## the same with one round each, two minutes; writes nothing
	@scripts/setup test
	@.venv/bin/python -m benchmarks.streams --quick

bench-ledger: ## pairs of hold and charge per second: bare SQL, functions, service; writes benchmarks/results/ledger.json
	@scripts/setup test
	@.venv/bin/python -m benchmarks.ledger
