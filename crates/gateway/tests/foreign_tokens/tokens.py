"""Signs a token with each algorithm, by PyJWT and keys of its own.

Reads claims from standard input; prints a JSON list of {algorithm, token, wrong, keys, jwk}: `wrong` is a token over the same claims
by another key of the same kind, and `keys` are all forms in which the right one can stand in a configuration.
"""

import datetime
import json
import secrets
import sys

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import get_default_algorithms

CURVES = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
ALGORITHMS = ["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", *CURVES, "EdDSA"]


def new_key(algorithm):
    if algorithm.startswith("HS"):
        return secrets.token_urlsafe(int(algorithm[2:]) // 8)
    if algorithm in CURVES:
        return ec.generate_private_key(CURVES[algorithm])
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(key):
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "issuer")])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    signs_alone = isinstance(key, ed25519.Ed25519PrivateKey)
    signed = builder.sign(key, None if signs_alone else hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def entry(algorithm, claims):
    key = new_key(algorithm)
    made = {
        "algorithm": algorithm,
        "token": jwt.encode(claims, key, algorithm=algorithm, headers={"kid": algorithm}),
        "wrong": jwt.encode(claims, new_key(algorithm), algorithm=algorithm, headers={"kid": algorithm}),
    }
    if algorithm.startswith("HS"):
        return made | {"keys": [key]}
    public = key.public_key()
    formats = [serialization.PublicFormat.SubjectPublicKeyInfo]
    if isinstance(key, rsa.RSAPrivateKey):
        formats.append(serialization.PublicFormat.PKCS1)
    keys = [public.public_bytes(serialization.Encoding.PEM, format).decode() for format in formats]
    jwk = get_default_algorithms()[algorithm].to_jwk(public)
    jwk = json.loads(jwk) if isinstance(jwk, str) else jwk
    return made | {"keys": [*keys, certificate(key)], "jwk": jwk | {"kid": algorithm}}


claims = json.load(sys.stdin)
print(json.dumps([entry(algorithm, claims) for algorithm in ALGORITHMS]))
