# Latent. `make run` starts everything, `make test` tests everything; both install what they need.
# Recipes use relative paths only, so that a checkout may lie on a path with blanks.

.PHONY: run test setup build check fix gen mutants chaos bench bench-quick bench-ledger bench-search bench-web

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

chaos: ## 200 random kills of tabs, processes and servers below running answers; 10,000 streams opened and dropped
	@scripts/setup test
	@LATENT_CHAOS_KILLS=200 LATENT_CHAOS_STREAMS=10000 .venv/bin/python -m pytest -q -s tests/chaos/test_streams.py tests/chaos/test_memory.py

bench: ## streams through the whole product beside a splice, and pages; about 12 minutes; writes benchmarks/results/streams.json
	@scripts/setup test
	@.venv/bin/python -m benchmarks.streams

bench-quick: ## the same with one round each, two minutes; writes nothing
	@scripts/setup test
	@.venv/bin/python -m benchmarks.streams --quick

bench-ledger: ## pairs of hold and charge per second: bare SQL, functions, service; writes benchmarks/results/ledger.json
	@scripts/setup test
	@.venv/bin/python -m benchmarks.ledger

bench-search: ## searches in 100,000 messages of one user; writes benchmarks/results/search.json
	@scripts/setup test
	@.venv/bin/python -m benchmarks.search

bench-web: ## frames, costs and waiting in a browser, with 5,000 messages and 20,000 tokens; writes benchmarks/results/web.json
	@scripts/setup test
	@cd frontend && LATENT_ANSWER_TOKENS_MAX=32768 npx playwright test -c bench
