from benchmarks.product import Product


def measure_pages(product: Product) -> dict[str, object]:
    return {}
