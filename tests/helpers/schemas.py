# SPDX-License-Identifier: Apache-2.0
"""Values by a JSON schema of docs/openapi.json, for hypothesis: what it allows, and
what it does not. Of a text's meaning a schema says nothing (which day is past,
which areas a site has): `meanings` has a strategy for members by their names."""

import atexit
import datetime
import ipaddress
import json
import shutil
import tempfile

import jsonschema
from hypothesis import configuration
from hypothesis import strategies as st

from api import DOCUMENT

# What it keeps, it keeps for this run, and not in the folder that this is run in.
HOME = tempfile.mkdtemp(prefix="jiratoken-hypothesis.")
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
configuration.set_hypothesis_home_dir(HOME)

# No U+0000 and no number beyond 64 bits: that is no JSON here.
TEXT = st.text(st.characters(min_codepoint=1, blacklist_categories=("Cs",)), max_size=20)
WHOLE = st.integers(-2 ** 63, 2 ** 63 - 1)
FLAT = st.none() | st.booleans() | WHOLE | st.floats(allow_nan=False, allow_infinity=False) \
    | TEXT
ANY = st.recursive(FLAT, lambda inner: st.lists(inner, max_size=3)
                   | st.dictionaries(TEXT, inner, max_size=3), max_leaves=6)


def resolve(schema):
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def is_valid(value, schema):
    return jsonschema.Draft202012Validator(
        {**schema, "components": DOCUMENT["components"]}).is_valid(value)


def make_number(schema):
    """90.0 is the integer 90 (JSON Schema, section 4.2.3)."""
    whole = st.integers(schema.get("minimum"), schema.get("maximum"))
    return whole | whole.map(float)


def make_text(schema):
    """With something to be seen in it, which no pattern says."""
    return st.text(st.characters(min_codepoint=1, blacklist_categories=("Cn", "Cs")),
                   max_size=schema.get("maxLength", 60) - 1).map("x".__add__)


def make(schema, meanings):
    """What the schema allows."""
    schema = resolve(schema)
    if "oneOf" in schema:
        return st.one_of(*(make(each, meanings) for each in schema["oneOf"]))
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return st.one_of(*(MAKERS[kind](schema, meanings) for kind in kinds)) \
        .filter(lambda value: is_valid(value, schema))


def make_list(schema, meanings):
    return st.lists(make(schema["items"], meanings), min_size=schema.get("minItems", 0),
                    max_size=min(schema.get("maxItems", 5), 20))


def make_object(schema, meanings):
    """With members that the schema does not know, too."""
    known = {name: meanings[name] if name in meanings else make(member, meanings)
             for name, member in schema["properties"].items()}
    required = {name: known.pop(name) for name in schema.get("required", ())}
    more = st.dictionaries(TEXT.filter(lambda name: name not in schema["properties"]), ANY,
                           max_size=2)
    return st.builds(lambda one, other: {**other, **one},
                     st.fixed_dictionaries(required, optional=known), more)


MAKERS = {
    "null": lambda schema, meanings: st.none(),
    "boolean": lambda schema, meanings: st.booleans(),
    "integer": lambda schema, meanings: make_number(schema),
    "string": lambda schema, meanings: make_text(schema),
    "array": make_list,
    "object": make_object,
}


def make_wrong(schema, meanings):
    """Bodies that the schema does not allow: no JSON, no object, a member that is
    wrong, missing or twice."""
    schema = resolve(schema)
    good = make_object(schema, meanings)
    wrong = [(name, ANY.filter(lambda value, its=its: not is_valid(value, its)))
             for name, its in schema["properties"].items()]
    required = schema.get("required", [])
    return st.one_of(
        st.binary(max_size=40).filter(lambda body: body.strip()[:1] != b"{"),
        ANY.filter(lambda value: not isinstance(value, dict)).map(json.dumps),
        *(st.builds(lambda body, value, name=name: json.dumps({**body, name: value}),
                    good, values) for name, values in wrong),
        *(good.map(lambda body, name=name: json.dumps(
            {key: value for key, value in body.items() if key != name}))
          for name in required),
        good.filter(bool).map(lambda body: json.dumps(body)[:-1] + ", "
                              + json.dumps(body)[1:]))


def networks():
    """Of both kinds, in each of the forms that people write."""
    def whole(address):
        return st.integers(1, address.max_prefixlen).map(
            lambda bits: str(ipaddress.ip_network((address, bits), strict=False)))
    made = st.ip_addresses().flatmap(lambda address: whole(address) | st.just(str(address)))
    return st.lists(made, min_size=1, max_size=16)


def days():
    """Tomorrow, for whichever side of midnight it is there."""
    return st.dates(datetime.date.today() + datetime.timedelta(1)).map(str)
