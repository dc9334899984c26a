"""With what a scheduler is spoken to under TLS: from Dask's own configuration to the chapters."""

from __future__ import annotations

from pathlib import Path

ENCRYPTED = "tls://"

CERTIFICATES = {
    "distributed.comm.tls.ca-file": "DASK_DISTRIBUTED__COMM__TLS__CA_FILE",
    "distributed.comm.tls.client.cert": "DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT",
    "distributed.comm.tls.client.key": "DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY",
}
"""What Dask calls a certificate in its configuration, and in the environment."""


def has_certificates() -> bool:
    """Whether Dask's configuration names certificates, and they can be read."""
    from distributed import Security

    try:
        return Security().get_connection_args("client").get("ssl_context") is not None
    except OSError:  # a file that is not there, or holds no certificate
        return False


def certificates() -> dict[str, str]:
    """Give the certificates of Dask's configuration as variables of an environment.

    A chapter sees neither the home nor the working folder of the command, where Dask looks for
    its configuration: paths are made whole.

    Returns
    -------
    dict of str to str
        Empty where the configuration names none.
    """
    import dask

    named = {variable: dask.config.get(name, None) for name, variable in CERTIFICATES.items()}
    return {
        variable: each if "\n" in each else str(Path(each).absolute())
        for variable, each in named.items()
        if each
    }
