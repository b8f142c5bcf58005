"""Keys, cards and the address book: who is believed, and who is not."""

from __future__ import annotations

import hashlib
import json
import tracemalloc
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from mnemonic import Mnemonic

from linkgraph.errors import IntegrityError, LinkgraphError, UsageError
from linkgraph.exchange import card as card_form
from linkgraph.exchange import keys
from linkgraph.exchange.card import Replaced
from linkgraph.store.audit import canonical

PASSPHRASE = "four plain words here"
MONDAY = datetime(2026, 11, 2, 10, 0, 0, tzinfo=UTC)


def pinned(folder, own):
    keys.trust(own.card, own.card.words(), folder)
    return own


@pytest.fixture
def amber():
    return keys.generate("Amber Fox", "Agency A", made=MONDAY)


@pytest.fixture
def blue():
    return keys.generate("Blue Owl", "Agency B", made=MONDAY)


class TestCard:
    def test_it_is_read_as_it_was_written(self, amber):
        assert keys.read_card(amber.card.content()) == amber.card

    def test_its_fingerprint_is_that_of_the_file(self, amber):
        assert amber.card.fingerprint == hashlib.sha256(amber.card.content()).hexdigest()

    def test_its_words_are_those_of_bip_39(self, amber):
        """BIP-39 writes 128 bits as 12 words: the first 8 of them are those of the first 88 bits."""
        oracle = Mnemonic("english").to_mnemonic(bytes.fromhex(amber.card.fingerprint)[:16])
        assert amber.card.words() == " ".join(oracle.split()[:8])

    def test_the_time_is_utc(self):
        card = keys.generate("A", "B", made=datetime(2026, 11, 2, 1, tzinfo=timezone(timedelta(hours=2)))).card
        assert card.made == "2026-11-01T23:00:00Z"

    def test_every_byte_counts(self, amber):
        content = amber.card.content()
        for edited in edits(content):
            with pytest.raises(IntegrityError):
                keys.read_card(edited)

    def test_a_later_version_is_refused_with_a_sentence(self, amber):
        record = json.loads(amber.card.content()) | {"version": 2}
        with pytest.raises(IntegrityError, match=r"version 2, this linkgraph reads 1; get a newer linkgraph"):
            keys.read_card(canonical(record).encode())

    @pytest.mark.parametrize(
        "name",
        [
            *("", " ", " a", "a\u202eb", "a\nb", "e\u0301", "x" * 101, "\ud800"),
            *(
                f"Officer B{unseen}"
                for unseen in "\u3164\u115f\u1160\uffa0\u2800\u034f\u17b4\ufe0f\U000e0100\U0001d159"
            ),
            *("Officer\u3164B", "Officer\u00a0B", "Officer\u2003B", "Officer  B"),
        ],
    )
    def test_names_that_cannot_be_read_aloud(self, name):
        with pytest.raises(UsageError):
            keys.generate(name, "Agency A")
        with pytest.raises(UsageError):
            keys.generate("Amber Fox", name)

    @pytest.mark.parametrize(
        "point",
        [
            "00" * 32,
            "01" + "00" * 31,
            "ec" + "ff" * 30 + "7f",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
            "ee" + "ff" * 30 + "7f",
        ],
    )
    def test_a_signing_key_of_small_order_binds_nobody(self, amber, point):
        with pytest.raises(IntegrityError, match="signing key"):
            keys.read_card(replace(amber.card, signing_key=point).content())

    @pytest.mark.parametrize(
        "recipient",
        [
            # The age recipients of the X25519 points 0 and 1: everybody knows what is encrypted to them.
            "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z",
            "age1qyqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqs4mfsmk",
            "age1qqqq",
            "",
            "\ud800",
        ],
    )
    def test_a_recipient_that_protects_nothing(self, amber, recipient):
        with pytest.raises(IntegrityError, match="encrypted to"):
            keys.read_card(replace(amber.card, recipient=recipient).content())

    def test_a_recipient_in_capitals_is_not_its_one_form(self, amber):
        with pytest.raises(IntegrityError, match="encrypted to"):
            keys.read_card(replace(amber.card, recipient=amber.card.recipient.upper()).content())

    @given(st.binary(max_size=300))
    def test_noise(self, content):
        with pytest.raises(IntegrityError):
            keys.read_card(content)

    @given(st.data())
    def test_any_json_in_any_field(self, data):
        record = json.loads(keys.generate("Amber Fox", "Agency A").card.content())
        name = data.draw(st.sampled_from(sorted(record)))
        record[name] = data.draw(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
        content = json.dumps(record, sort_keys=True, separators=(",", ":")).encode()
        with suppress(IntegrityError):
            assert keys.read_card(content).content() == content

    def test_deep_nesting(self):
        with pytest.raises(IntegrityError):
            keys.read_card(b"[" * 16_000)


class TestOwnKey:
    def test_it_is_kept_and_opened(self, tmp_path, amber):
        path = keys.keep(amber, PASSPHRASE, tmp_path)
        again = keys.unlock(PASSPHRASE, folder=tmp_path)
        assert again.card == amber.card
        assert again.sign(b"x") == amber.sign(b"x")
        assert str(again.identity) == str(amber.identity)
        content = path.read_bytes()
        assert amber.signing_key.private_bytes_raw().hex().encode() not in content
        assert b"AGE-SECRET-KEY" not in content

    def test_secrets_are_not_shown(self, amber):
        assert "AGE-SECRET" not in repr(amber)
        assert amber.signing_key.private_bytes_raw().hex() not in repr(amber)

    def test_a_wrong_passphrase(self, tmp_path, amber):
        keys.keep(amber, PASSPHRASE, tmp_path)
        with pytest.raises(UsageError, match="passphrase"):
            keys.unlock(PASSPHRASE + "x", folder=tmp_path)

    def test_letters_composed_otherwise_are_the_same_passphrase(self, tmp_path, amber):
        keys.keep(amber, "caf\u00e9 au lait", tmp_path)
        assert keys.unlock("cafe\u0301 au lait", folder=tmp_path).card == amber.card

    def test_a_short_passphrase(self, tmp_path, amber):
        with pytest.raises(UsageError, match="8 characters"):
            keys.keep(amber, "1234567", tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_a_damaged_file(self, tmp_path, amber):
        path = keys.keep(amber, PASSPHRASE, tmp_path)
        whole = path.read_bytes()
        for damaged in (b"", whole[:-5], whole.replace(b'"version":1,"wrapped"', b'"version":9,"wrapped"'), b"[]"):
            path.write_bytes(damaged)
            with pytest.raises(IntegrityError):
                keys.cards(tmp_path)
        path.write_bytes(whole)
        assert keys.unlock(PASSPHRASE, folder=tmp_path).card == amber.card

    def test_secrets_of_another_card(self, tmp_path, amber, blue):
        """A thief who puts another card before our secrets would have us sign and be written to as somebody else."""
        path = keys.keep(amber, PASSPHRASE, tmp_path)
        record = json.loads(path.read_bytes()) | {"card": json.loads(blue.card.content())}
        (path.parent / f"{blue.card.fingerprint}.lgkey").write_bytes(canonical(record).encode())
        with pytest.raises(IntegrityError, match="another key"):
            keys.unlock(PASSPHRASE, "Blue Owl", tmp_path)

    def test_no_key_yet(self, tmp_path):
        with pytest.raises(UsageError, match="keys new"):
            keys.own_card(folder=tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_two_keys_need_a_name_and_a_replaced_one_does_not_count(self, tmp_path, amber):
        newer = keys.generate("Amber Fox", "Agency A", replaces=amber)
        for own in (amber, newer):
            keys.keep(own, PASSPHRASE, tmp_path)
        assert keys.own_card(folder=tmp_path) == newer.card
        assert keys.own_card("Amber Fox", tmp_path) == newer.card
        assert keys.own_card(amber.card.fingerprint[:8], tmp_path) == amber.card
        keys.keep(keys.generate("Small Wren", "Agency A"), PASSPHRASE, tmp_path)
        with pytest.raises(UsageError, match="name one"):
            keys.own_card(folder=tmp_path)

    def test_the_folder_is_where_it_is_said_to_be(self, tmp_path, monkeypatch):
        monkeypatch.setenv("LINKGRAPH_KEYS", str(tmp_path / "stick"))
        assert keys.key_folder() == tmp_path / "stick"
        monkeypatch.delenv("LINKGRAPH_KEYS")
        assert keys.key_folder().name == "keys"


class TestTrust:
    def test_the_words_that_were_read_out(self, tmp_path, amber):
        keys.trust(amber.card, amber.card.words().upper().replace(" ", ",  "), tmp_path)
        assert keys.known_cards(tmp_path) == [amber.card]
        assert keys.find("amber fox", tmp_path) == amber.card

    def test_other_words(self, tmp_path, amber, blue):
        words = amber.card.words().split()
        for wrong in (blue.card.words(), " ".join(words[:7]), " ".join([*words, "zoo"]), " ".join(words[::-1]), ""):
            with pytest.raises(IntegrityError, match="words"):
                keys.trust(amber.card, wrong, tmp_path)
        assert keys.known_cards(tmp_path) == []

    def test_no_words(self, tmp_path, amber):
        with pytest.raises(UsageError, match="by telephone"):
            keys.trust(amber.card, None, tmp_path)
        assert keys.known_cards(tmp_path) == []

    def test_wrong_words_for_a_card_that_is_believed(self, tmp_path, amber, blue):
        pinned(tmp_path, amber)
        assert keys.trust(amber.card, None, tmp_path).card == amber.card
        with pytest.raises(IntegrityError, match="words"):
            keys.trust(amber.card, blue.card.words(), tmp_path)

    def test_files_that_are_too_long(self, tmp_path, amber):
        """A file of the key folder is read no further than a card or a key can be long."""
        for folder, ending in (("trusted", ".lgcard"), ("own", ".lgkey")):
            place = tmp_path / folder / folder
            place.mkdir(parents=True)
            path = place / f"{amber.card.fingerprint}{ending}"
            with path.open("wb") as stream:
                stream.truncate(1 << 26)
            tracemalloc.start()
            with pytest.raises(IntegrityError):
                keys.cards(tmp_path / folder)
            assert tracemalloc.get_traced_memory()[1] < 1 << 21
            tracemalloc.stop()

    def test_an_address_book_that_was_edited(self, tmp_path, amber, blue):
        pinned(tmp_path, amber)
        path = tmp_path / "trusted" / f"{amber.card.fingerprint}.lgcard"
        path.write_bytes(blue.card.content())
        with pytest.raises(IntegrityError, match="another card"):
            keys.cards(tmp_path)


class TestRotation:
    def test_a_new_key_signed_by_the_old_needs_no_words(self, tmp_path, amber):
        pinned(tmp_path, amber)
        newer = keys.generate("Amber Fox", "Agency A", replaces=amber, made=MONDAY + timedelta(days=1))
        keys.trust(newer.card, folder=tmp_path)
        assert keys.find("Amber Fox", tmp_path) == newer.card
        assert set(keys.known_cards(tmp_path)) == {amber.card, newer.card}
        with pytest.raises(UsageError, match=f"was replaced; use {newer.card.fingerprint[:16]}"):
            keys.find(amber.card.fingerprint, tmp_path)
        [old] = [one for one in keys.cards(tmp_path) if one.card == amber.card]
        assert old.replaced_by == newer.card.fingerprint

    def test_a_chain(self, tmp_path, amber):
        pinned(tmp_path, amber)
        second = keys.generate("Amber Fox", "Agency A", replaces=amber)
        third = keys.generate("Amber Fox", "Agency A", replaces=second)
        with pytest.raises(UsageError):
            keys.trust(third.card, folder=tmp_path)
        keys.trust(second.card, folder=tmp_path)
        keys.trust(third.card, folder=tmp_path)
        assert keys.find("Agency A", tmp_path) == third.card

    def test_of_a_card_that_is_not_believed(self, tmp_path, amber):
        newer = keys.generate("Amber Fox", "Agency A", replaces=amber)
        with pytest.raises(UsageError, match="by telephone"):
            keys.trust(newer.card, folder=tmp_path)
        keys.trust(newer.card, newer.card.words(), tmp_path)
        assert keys.find("Amber Fox", tmp_path) == newer.card

    def test_signed_by_somebody_else(self, tmp_path, amber, blue):
        """A card that claims to replace Amber's, signed by a key that is not hers: no words make that good."""
        pinned(tmp_path, amber)
        signing_key = Ed25519PrivateKey.generate()
        claim = replace(
            amber.card,
            signing_key=signing_key.public_key().public_bytes_raw().hex(),
            recipient=blue.card.recipient,
            replaces=Replaced(amber.card.fingerprint, "0" * 128),
        )
        said = blue.sign(card_form.said_by_the_older(claim, amber.card.fingerprint))
        claim = replace(claim, replaces=Replaced(amber.card.fingerprint, said.hex()))
        claim = replace(claim, signature=signing_key.sign(card_form.said_by_itself(claim)).hex())
        card = keys.read_card(claim.content())
        for words in (None, card.words()):
            with pytest.raises(IntegrityError, match="did not sign it"):
                keys.trust(card, words, tmp_path)
        assert keys.find("Amber Fox", tmp_path) == amber.card

    @pytest.mark.parametrize(
        ("name", "agency"), [("Blue Owl", "Agency B"), ("Amber Fox", "Agency B"), ("B", "Agency A")]
    )
    def test_as_somebody_else(self, tmp_path, amber, name, agency):
        pinned(tmp_path, amber)
        other = keys.generate(name, agency, replaces=amber)
        with pytest.raises(UsageError, match="by telephone"):
            keys.trust(other.card, folder=tmp_path)

    def test_a_second_time(self, tmp_path, amber):
        """Whoever found the old key after it was replaced cannot replace it again."""
        pinned(tmp_path, amber)
        keys.trust(keys.generate("Amber Fox", "Agency A", replaces=amber).card, folder=tmp_path)
        thief = keys.generate("Amber Fox", "Agency A", replaces=amber)
        with pytest.raises(UsageError, match="by telephone"):
            keys.trust(thief.card, folder=tmp_path)


class TestLost:
    def test_nothing_of_it_is_believed_any_more(self, tmp_path, amber, blue):
        pinned(tmp_path, amber)
        pinned(tmp_path, blue)
        assert keys.report_lost("Amber Fox", tmp_path) == [amber.card]
        assert keys.known_cards(tmp_path) == [blue.card]
        for words in (None, amber.card.words()):
            with pytest.raises(IntegrityError, match="reported lost"):
                keys.trust(amber.card, words, tmp_path)

    def test_what_a_thief_made_of_it_goes_too(self, tmp_path, amber):
        pinned(tmp_path, amber)
        thief = keys.generate("Amber Fox", "Agency A", replaces=amber)
        keys.trust(thief.card, folder=tmp_path)
        assert set(keys.report_lost(amber.card.fingerprint, tmp_path)) == {amber.card, thief.card}
        assert keys.known_cards(tmp_path) == []

    def test_a_new_key_after_the_loss_needs_words(self, tmp_path, amber):
        pinned(tmp_path, amber)
        keys.report_lost("Amber Fox", tmp_path)
        thief = keys.generate("Amber Fox", "Agency A", replaces=amber)
        with pytest.raises(UsageError, match="by telephone"):
            keys.trust(thief.card, folder=tmp_path)

    def test_what_it_replaced_goes_too(self, tmp_path, amber):
        """The newest of three is reported: nobody goes on with an older one, nor with what a thief makes of it."""
        pinned(tmp_path, amber)
        second = keys.generate("Amber Fox", "Agency A", replaces=amber)
        third = keys.generate("Amber Fox", "Agency A", replaces=second)
        for own in (second, third):
            keys.trust(own.card, folder=tmp_path)
        assert set(keys.report_lost("Amber Fox", tmp_path)) == {amber.card, second.card, third.card}
        assert keys.known_cards(tmp_path) == []
        with pytest.raises(UsageError, match="is no card"):
            keys.find("Amber Fox", tmp_path)
        for older in (amber, second, third):
            thief = keys.generate("Amber Fox", "Agency A", replaces=older)
            with pytest.raises(UsageError, match="by telephone"):
                keys.trust(thief.card, folder=tmp_path)

    def test_a_card_whose_words_were_compared_anew_stands(self, tmp_path, amber):
        """Its owner signed it with the lost key all the same; its own replacement needs no words again."""
        pinned(tmp_path, amber)
        keys.report_lost("Amber Fox", tmp_path)
        anew = keys.generate("Amber Fox", "Agency A", replaces=amber, made=MONDAY + timedelta(days=1))
        pinned(tmp_path, anew)
        assert keys.known_cards(tmp_path) == [anew.card]
        later = keys.generate("Amber Fox", "Agency A", replaces=anew, made=MONDAY + timedelta(days=2))
        keys.trust(later.card, folder=tmp_path)
        assert keys.find("Amber Fox", tmp_path) == later.card
        assert set(keys.report_lost("Amber Fox", tmp_path)) == {anew.card, later.card}

    def test_a_card_between_a_believed_one_and_a_lost_one(self, tmp_path, amber):
        """The second of three was never here: it does not come in without words, nor with them."""
        second = keys.generate("Amber Fox", "Agency A", replaces=amber, made=MONDAY + timedelta(days=1))
        third = keys.generate("Amber Fox", "Agency A", replaces=second, made=MONDAY + timedelta(days=2))
        for own in (amber, third):
            pinned(tmp_path, own)
        assert keys.report_lost(third.card.fingerprint, tmp_path) == [third.card]
        for words in (None, second.card.words()):
            with pytest.raises(IntegrityError, match="replaced by one that was reported lost"):
                keys.trust(second.card, words, tmp_path)
        thief = keys.generate("Amber Fox", "Agency A", replaces=amber)
        with pytest.raises(UsageError, match="by telephone"):
            keys.trust(thief.card, folder=tmp_path)
        assert keys.known_cards(tmp_path) == [amber.card]

    def test_the_loss_of_one_officer_does_not_touch_another(self, tmp_path, amber, blue):
        for own in (amber, blue):
            pinned(tmp_path, own)
        keys.report_lost("Amber Fox", tmp_path)
        later = keys.generate("Blue Owl", "Agency B", replaces=blue)
        keys.trust(later.card, folder=tmp_path)
        assert keys.find("Blue Owl", tmp_path) == later.card

    def test_a_lost_card_that_claims_falsely_to_replace_one(self, tmp_path, amber, blue):
        claim = replace(
            blue.card, replaces=Replaced(amber.card.fingerprint, blue.sign(b"something else").hex()), signature=""
        )
        claim = replace(claim, signature=blue.sign(card_form.said_by_itself(claim)).hex())
        keys.trust(claim, claim.words(), tmp_path)
        pinned(tmp_path, amber)
        keys.report_lost("Blue Owl", tmp_path)
        assert keys.find("Amber Fox", tmp_path) == amber.card

    def test_a_loss_that_was_written_down_by_half(self, tmp_path, amber):
        """The machine stopped after the newer card was put away: the older one and what it signed fall all the same."""
        pinned(tmp_path, amber)
        newer = keys.generate("Amber Fox", "Agency A", replaces=amber)
        thief = keys.generate("Amber Fox", "Agency A", replaces=amber)
        for own in (newer, thief):
            pinned(tmp_path, own)
        (tmp_path / "lost").mkdir(exist_ok=True)
        name = f"{newer.card.fingerprint}.lgcard"
        (tmp_path / "lost" / name).write_bytes(newer.card.content())
        # In trusted/ the newer one lies as well: lost/ outranks it.
        assert keys.known_cards(tmp_path) == []
        for own in (amber, newer, thief):
            with pytest.raises(IntegrityError, match="reported lost"):
                keys.trust(own.card, own.card.words(), tmp_path)
        anew = keys.generate("Amber Fox", "Agency A", replaces=amber)
        pinned(tmp_path, anew)
        assert keys.known_cards(tmp_path) == [anew.card]

    def test_a_lost_card_that_was_edited_is_not_believed_for_that(self, tmp_path, amber):
        pinned(tmp_path, amber)
        keys.report_lost("Amber Fox", tmp_path)
        (tmp_path / "lost" / f"{amber.card.fingerprint}.lgcard").write_bytes(b"{}")
        with pytest.raises(IntegrityError, match="put the card of that name there again"):
            keys.trust(amber.card, amber.card.words(), tmp_path)

    def test_own_keys_that_replaced_one_another(self, tmp_path, amber):
        newer = keys.generate("Amber Fox", "Agency A", replaces=amber)
        for own in (amber, newer):
            keys.keep(own, PASSPHRASE, tmp_path)
        assert set(keys.report_lost("Amber Fox", tmp_path)) == {amber.card, newer.card}
        assert len(list((tmp_path / "lost").glob("*.lgkey"))) == 2
        with pytest.raises(UsageError, match="no key of your own"):
            keys.own_card(folder=tmp_path)

    def test_an_own_key(self, tmp_path, amber):
        keys.keep(amber, PASSPHRASE, tmp_path)
        keys.report_lost("Amber Fox", tmp_path)
        with pytest.raises(UsageError, match="no key of your own"):
            keys.unlock(PASSPHRASE, folder=tmp_path)
        assert [path.name for path in (tmp_path / "lost").glob("*.lgkey")] == [f"{amber.card.fingerprint}.lgkey"]


class TestFind:
    def test_by_name_agency_and_fingerprint(self, tmp_path, amber, blue):
        pinned(tmp_path, amber)
        pinned(tmp_path, blue)
        for name in ("Blue Owl", " blue owl ", "AGENCY B", blue.card.fingerprint, blue.card.fingerprint[:8]):
            assert keys.find(name, tmp_path) == blue.card

    def test_not_exactly_one(self, tmp_path, amber):
        pinned(tmp_path, amber)
        wren = pinned(tmp_path, keys.generate("Small Wren", "Agency A"))
        with pytest.raises(UsageError, match="2 cards") as told:
            keys.find("Agency A", tmp_path)
        assert wren.card.fingerprint[:16] in str(told.value)
        for name in ("", "Amber", amber.card.fingerprint[:7], "0" * 64):
            with pytest.raises(UsageError):
                keys.find(name, tmp_path)

    @given(st.text())
    def test_any_text(self, name):
        # No folder is there: whatever is asked for is not found.
        with pytest.raises(LinkgraphError):
            keys.find(name, keys.Path("no such folder"))


def edits(content):
    """Give the content with each byte changed in two ways, left out, and doubled."""
    for at in range(len(content)):
        yield content[:at] + bytes([content[at] ^ 0x01]) + content[at + 1 :]
        yield content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]
        yield content[:at] + content[at + 1 :]
        yield content[:at] + content[at : at + 1] + content[at:]
    yield content + b"\n"
    yield b"\n" + content
