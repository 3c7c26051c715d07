# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates made on the spot, an account behind TLS, and imap-connect alone before it."""
import os
import subprocess

from account import Account
from world import check


def openssl(*words, **more):
    return subprocess.run(("openssl",) + words, check=True, capture_output=True, **more).stdout


class Authority:
    """A CA in directory `path`; its certificates are files there."""

    def __init__(self, path, name="Test CA"):
        self.path = path
        os.makedirs(os.path.join(path, "new"), exist_ok=True)
        self.file = self._at("ca.pem")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-days", "2", "-subj", f"/CN={name}", "-keyout", self._at("ca.key"),
                "-out", self.file)
        open(self._at("index"), "w", encoding="ascii").close()

    def _at(self, name):
        return os.path.join(self.path, name)

    def issue(self, name, san="", start="20200101000000Z", end="20980101000000Z",
              key=("ec", "-pkeyopt", "ec_paramgen_curve:P-256"), extensions=""):
        """Returns (certificate, key): PEM files NAME.pem and NAME.key."""
        config, request = self._at(name + ".conf"), self._at(name + ".req")
        out, private = self._at(name + ".pem"), self._at(name + ".key")
        with open(config, "w", encoding="ascii") as file:
            file.write(f"""[ca]
default_ca = this
[this]
database = {self._at("index")}
new_certs_dir = {self._at("new")}
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
x509_extensions = more
[any]
commonName = supplied
[req]
distinguished_name = dn
[dn]
[more]
basicConstraints = CA:FALSE
{"subjectAltName = " + san if san else ""}
{extensions}
""")
        openssl("req", "-new", "-config", config, "-newkey", *key, "-nodes", "-subj",
                f"/CN={name}", "-keyout", private, "-out", request)
        openssl("ca", "-batch", "-config", config, "-cert", self.file, "-keyfile",
                self._at("ca.key"), "-startdate", start, "-enddate", end, "-notext",
                "-in", request, "-out", out)
        return out, private


def pin(certificate, algorithm="sha256"):
    """As the manual says to compute it."""
    public = openssl("x509", "-in", certificate, "-noout", "-pubkey")
    der = openssl("pkey", "-pubin", "-outform", "DER", input=public)
    return openssl("dgst", f"-{algorithm}", "-r", input=der).split()[0].decode()


class Secure(Account):
    """An account that listens with STARTTLS and imaps.

    certificates  called with an Authority of its own; returns {SNI name: pairs of files},
                  "" for everybody else.  Of two pairs Dovecot chooses by the client's ciphers.
    """

    def __init__(self, home, certificates, **more):
        self.certificates = certificates
        super().__init__(home, tcp=True, tls=True, **more)

    def _certificate(self):
        self.authority = Authority(os.path.join(self.home, "pki"))
        self.issued = self.certificates(self.authority)
        lines = []
        for name, pairs in self.issued.items():
            # What a block does not set is inherited.
            lines.append(f"local_name {name} {{\nssl_alt_cert =\nssl_alt_key =" if name else "")
            for prefix, (certificate, key) in zip(("ssl_", "ssl_alt_"), pairs):
                os.chown(key, self.uid, self.gid)
                lines.append(f"{prefix}cert = <{certificate}\n{prefix}key = <{key}")
            lines.append("}" if name else "")
        return "\n" + "\n".join(lines) + "\n"


class Side:
    """imap-connect to the remote side of a World, under changing configurations."""

    def __init__(self, world, **usual):
        self.world, self.usual = world, usual
        os.environ.update(world.env)

    def run(self, debug=True, **keys):
        """One session that only logs out.  Keys that are None are left out."""
        self.world.configure(remote={**self.usual, **keys})
        words = ["imap-connect", f"--config={self.world.config}"] + ["--debug"] * debug
        done = subprocess.run(words + ["remote"], input=b"x LOGOUT\r\n", capture_output=True,
                              timeout=60, check=False)
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        for secret in (self.world.remote.password, "wr0ng"):
            check(secret not in done.stdout + done.stderr, f"{keys}: shows a secret: {done}")
        return done

    def works(self, *seen, **keys):
        """It gets through; all of `seen` is in what --debug shows."""
        done = self.run(**keys)
        check(done.returncode == 0 and done.stdout.startswith("* PREAUTH [CAPABILITY IMAP4rev1"),
              f"{keys}: {done}")
        for text in seen:
            check(text in done.stderr, f"{keys}: no {text!r} in {done.stderr}")
        return done

    def fails(self, status, *words, **keys):
        """It ends with `status`, in band and in words."""
        done = self.run(debug=False, **keys)
        check(done.returncode == status, f"{keys}: expected {status}: {done}")
        check(done.stdout.startswith("* BYE "), f"{keys}: not told in band: {done}")
        for word in words:
            check(word in done.stderr and word in done.stdout, f"{keys}: no {word!r} in {done}")
        check(len(done.stderr.splitlines()) == 1, f"{keys}: more than one line: {done}")
        return done

