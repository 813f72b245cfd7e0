"""The only place that builds SQL; one file per aggregate."""
