// SPDX-License-Identifier: Apache-2.0
// Adds to pages that work without it: Copy buttons, forms and confirmations in
// dialogs over the list, what is wrong at once beside its field, days to choose
// from, local times, one sending of a form for one press (the second answer
// would hide a token that was just made), and this server's address as the
// browser knows it. Its words stand in the pages, in their language.
(function () {
    "use strict";

    var MOST = 100;     // characters of a label
    var SEEN = 4000;    // milliseconds for which a button says "Copied"
    var PLACE = "jt-place:" + location.pathname;

    function all(css, within) {
        return Array.from((within || document).querySelectorAll(css));
    }

    function byId(id) {
        return document.getElementById(id);
    }

    function on(elements, event, act) {
        elements.forEach(function (e) {
            e.addEventListener(event, function (what) { act(e, what); });
        });
    }

    function fill(attribute, text) {
        all("[" + attribute + "]").forEach(function (e) {
            e.textContent = text;
        });
    }

    // ---- Copying: "Copied" is said only when the clipboard has it.

    var secret = "";        // the token, where the page shows it
    var isKept = false;     // it is in the clipboard, alone or in an example

    function keep(text) {
        isKept = isKept || text.includes(secret);
    }

    function select(element) {
        var range = document.createRange();
        range.selectNodeContents(element);
        window.getSelection().removeAllRanges();
        window.getSelection().addRange(range);
    }

    function sayCopied(button, status) {
        var words = status.dataset.button;
        button.textContent = status.dataset.copied;
        status.textContent = status.dataset.copied;
        status.className = "hidden";
        clearTimeout(button.timer);
        button.timer = setTimeout(function () {
            button.textContent = words;
            status.textContent = "";
        }, SEEN);
    }

    function copy(button, element) {
        var status = byId("copy-status");
        var writing = navigator.clipboard
            ? navigator.clipboard.writeText(element.textContent)
            : Promise.reject(new Error("no clipboard"));
        status.textContent = "";
        writing.then(function () {
            keep(element.textContent);
            sayCopied(button, status);
        }, function () {
            select(element);
            status.className = "";
            status.textContent = status.dataset.selected;
        });
    }

    function addCopyButtons(status) {
        all(".code").forEach(function (box, number) {
            var button = document.createElement("button");
            var title = box.closest("details").firstElementChild;
            button.type = "button";
            button.className = "button";
            button.textContent = status.dataset.button;
            button.id = "copy-" + number;
            title.id = title.id || "recipe-title-" + number;
            button.setAttribute("aria-labelledby", button.id + " " + title.id);
            box.append(button);
            on([button], "click", function () { copy(button, box.firstChild); });
        });
        on(all("[data-copy]"), "click", function (button) {
            copy(button, byId(button.dataset.copy));
        });
        on(all("button"), "blur", function () {
            if (!status.className) {
                status.textContent = "";
            }
        });
    }

    // Nobody can show the token again: who leaves without it is asked first.
    function guardToken(token) {
        secret = token.textContent;
        document.addEventListener("copy", function () {
            keep(String(window.getSelection()));
        });
        window.addEventListener("beforeunload", function (event) {
            if (!isKept) {
                event.preventDefault();
            }
        });
        // A reload, or the way back, opens the list and sends nothing again. What
        // the page links to is relative to the address that it has until then.
        all("[href]:not([href^='#'])").forEach(function (e) { e.href = String(e.href); });
        history.replaceState(null, "", byId("done").href);
        window.addEventListener("pageshow", function (event) {
            if (event.persisted) {
                token.textContent = "";
                location.replace(byId("done").href);
            }
        });
    }

    // ---- Sending

    function keepPlace() {
        sessionStorage.setItem(PLACE, String(window.scrollY));
    }

    function returnToPlace() {
        var place = sessionStorage.getItem(PLACE);
        sessionStorage.removeItem(PLACE);
        // A new token is the first: it is to be seen.
        if (place && !isNew) {
            // What has autofocus gets it later, and would be scrolled to.
            all(".note[autofocus]").forEach(function (note) {
                note.focus({ preventScroll: true });
            });
            window.scrollTo(0, Number(place));
        }
    }

    function sendOnce(form) {
        on([form], "submit", function (form, event) {
            if (event.defaultPrevented) {
                return;
            }
            if (form.dataset.sent) {
                event.preventDefault();
            }
            form.dataset.sent = "yes";
            // Somebody who stopped the sending may send again.
            setTimeout(function () { delete form.dataset.sent; }, 5000);
            if (form.closest("dialog")) {
                keepPlace();
            }
        });
    }

    // ---- What is wrong with a field, beside it

    function placeOfFault(input) {
        var hint = input.id + "-hint";
        var place = byId(input.id + "-fault");
        if (!place) {
            place = document.createElement("p");
            place.id = input.id + "-fault";
            place.className = "fault";
            place.setAttribute("role", "alert");
            byId(hint).after(place);
            input.setAttribute("aria-describedby", hint + " " + place.id);
        }
        return place;
    }

    function sayFault(input, words) {
        if (words) {
            placeOfFault(input).textContent = words;
            input.setAttribute("aria-invalid", "true");
        } else if (input.hasAttribute("aria-invalid")) {
            placeOfFault(input).textContent = "";
            input.removeAttribute("aria-invalid");
        }
        return !words;
    }

    function labelFault(input) {
        var label = input.value.trim();
        var isTaken = all(".tokens tbody th > bdi").some(function (e) {
            return e.textContent === label && label !== input.dataset.own;
        });
        return !label ? input.dataset.empty
            : Array.from(label).length > MOST ? input.dataset.long
                : isTaken ? input.dataset.taken : "";
    }

    function dayFault(input) {
        var found = input.validity;
        return found.badInput ? input.dataset.format
            : found.rangeUnderflow ? input.dataset.past
                : found.rangeOverflow ? input.dataset.late
                    : found.valueMissing ? input.dataset.missing : "";
    }

    function checkForm(form) {
        form.noValidate = true;
        on([form], "submit", function (form, event) {
            var faulty = all("[data-empty], [data-format]", form).filter(function (input) {
                return !sayFault(input, input.dataset.empty ? labelFault(input)
                    : dayFault(input));
            });
            if (faulty.length) {
                event.preventDefault();
                faulty[0].focus();
            }
        });
        on(all("[data-empty]", form), "input", function (input) {
            if (input.hasAttribute("aria-invalid")) {
                sayFault(input, labelFault(input));
            }
        });
    }

    // ---- The day on which a token ends

    // An instant as the person's own clock will show it, or "" where that is UTC.
    function toLocal(instant) {
        return !new Date(instant).getTimezoneOffset() ? "" : document.body.dataset.local.replace("%", new Date(instant)
            .toLocaleString(document.documentElement.lang,
                { dateStyle: "medium", timeStyle: "short" }));
    }

    function addLocalTimes() {
        all("[data-local][datetime]").forEach(function (time) {
            var words = toLocal(time.dateTime);
            var small = document.createElement("small");
            if (words) {
                small.textContent = "(" + words + ")";
                time.after(" ", small);
            }
        });
    }

    function sayEnd(input) {
        var said = byId("instant");
        var local = input.value ? toLocal(input.valueAsNumber + 864e5) : "";
        if (!input.value) {
            said.textContent = input.validity.valid ? said.dataset.never : "";
            return;
        }
        said.textContent = !input.validity.valid ? ""
            : said.dataset.through.replace("%", input.value)
                + (local ? " (" + local + ")" : "");
    }

    function showChoice(input, isCustom) {
        var chips = all(".chip");
        var match = chips.filter(function (chip) {
            return chip.dataset.day === input.value && !isCustom
                && !input.validity.badInput;
        })[0];
        chips.forEach(function (chip) {
            chip.setAttribute("aria-pressed", String(chip === match
                || (!match && chip.dataset.day === "custom")));
        });
        sayEnd(input);
    }

    function choose(input, day) {
        if (day !== "custom") {
            input.value = day;
            sayFault(input, "");
            showChoice(input);
            return;
        }
        showChoice(input, true);
        input.focus();
        try {
            input.showPicker();
        } catch (ignored) {
            // The field has the focus: the day can be typed.
        }
    }

    function enhanceDay(input) {
        ["input", "change"].forEach(function (event) {
            on([input], event, function () {
                sayFault(input, input.validity.badInput ? "" : dayFault(input));
                showChoice(input);
            });
        });
        on([input], "keyup", function () { showChoice(input, !input.value); });
        on([input], "blur", function () { sayFault(input, dayFault(input)); });
        on(all(".chip"), "click", function (chip) {
            choose(input, chip.dataset.day);
        });
        showChoice(input);
        // What the browser restores on the way back comes after this.
        window.addEventListener("pageshow", function () { showChoice(input); });
    }

    // ---- Dialogs over the list

    function picked() {
        return all("#list input[name=id]:checked");
    }

    function labelOf(row) {
        return row.querySelector("th > bdi").textContent;
    }

    function fillRow(dialog, link) {
        var label = labelOf(link.closest("tr"));
        dialog.querySelector("form").action = link.href;
        all("bdi", dialog).forEach(function (e) { e.textContent = label; });
        all("[name=replaces]", dialog).forEach(function (e) {
            e.value = link.dataset.replaces;
        });
        all("[name=label]", dialog).forEach(function (e) {
            e.value = label;
            e.dataset.own = label;
            sayFault(e, "");
        });
    }

    function fillSeveral(dialog) {
        dialog.querySelector("ul").replaceChildren(...picked().map(function (box) {
            var item = document.createElement("li");
            var row = box.closest("tr");
            var field = document.createElement("input");
            all("th > bdi, [data-owner] > bdi", row).forEach(function (e) {
                item.append(e.cloneNode(true), " ");
            });
            Object.assign(field, { type: "hidden", name: "id", value: box.value });
            item.append(field);
            return item;
        }));
    }

    // The only one that is selected is asked about by its name.
    function whatAsks(opener) {
        var boxes = picked();
        return opener.dataset.opens === "several" && boxes.length === 1
            ? boxes[0].closest("tr").querySelector(".danger[data-opens]") : opener;
    }

    function open(pressed, event) {
        var opener = whatAsks(pressed);
        var dialog = byId(opener.dataset.opens
            + ("dead" in opener.dataset ? "-expired" : ""));
        if (!dialog || event.ctrlKey || event.metaKey || event.shiftKey) {
            return;
        }
        event.preventDefault();
        if (dialog.id === "several") {
            fillSeveral(dialog);
        } else if (opener.closest("tr")) {
            fillRow(dialog, opener);
        }
        dialog.showModal();
        all("input[type=text], [autofocus], select", dialog)[0].focus();
    }

    function addDialogs() {
        on(all("[data-opens]"), "click", open);
        on(all("dialog [data-closes]"), "click", function (button, event) {
            event.preventDefault();
            button.closest("dialog").close();
        });
    }

    // ---- The list

    function addSelection(box) {
        var boxes = all("input[name=id]");
        var button = byId("list").querySelector("[data-opens=several]");
        var words = button.textContent;
        function show() {
            var ticked = picked().length;
            box.checked = ticked === boxes.length;
            box.indeterminate = ticked > 0 && ticked < boxes.length;
            button.disabled = !ticked;
            button.textContent = words + (ticked ? " (" + ticked + ")" : "");
            button.parentElement.classList.toggle("picked", ticked > 0);
        }
        on([box], "change", function () {
            boxes.forEach(function (b) { b.checked = box.checked; });
            show();
        });
        on(boxes, "change", show);
        show();
        window.addEventListener("pageshow", show);
    }

    // ---- The examples (recipes.html) follow the address that is chosen.

    function followService(select) {
        function show() {
            var parts = select.selectedOptions[0].dataset;
            Object.keys(parts).forEach(function (part) {
                all("span[data-" + part + "]").forEach(function (span) {
                    span.textContent = parts[part];
                });
            });
        }
        on([select], "change", show);
        // What the browser restores on the way back comes after this.
        window.addEventListener("pageshow", show);
    }

    // ---- The end of that

    function start() {
        all("form[method=post]").forEach(function (form) {
            if (form.querySelector("[data-empty]")) {
                checkForm(form);
            }
            sendOnce(form);
        });
        fill("data-scheme", location.protocol.slice(0, -1));
        fill("data-host", location.host);
        fill("data-hostname", location.hostname);
        [["service", followService], ["copy-status", addCopyButtons],
            ["expires", enhanceDay], ["all", addSelection],
            ["token", guardToken]].forEach(function (part) {
            if (byId(part[0])) {
                part[1](byId(part[0]));
            }
        });
        addDialogs();
        addLocalTimes();
        // What looks like a button answers the Space bar.
        on(all("a.button"), "keydown", function (link, event) {
            if (event.key === " ") {
                event.preventDefault();
                link.click();
            }
        });
        returnToPlace();
    }

    // A page from the browser's memory may show what is no longer so.
    window.addEventListener("pageshow", function (event) {
        if (event.persisted && !byId("token")) {
            location.reload();
        }
    });
    var isNew = /[?&]new=/.test(location.search);
    // What a list has said once, a reload does not say again.
    if (/[?&](done|new)=/.test(location.search)) {
        var query = new URLSearchParams(location.search);
        ["done", "new"].forEach(function (name) { query.delete(name); });
        history.replaceState(null, "", location.pathname
            + (String(query) ? "?" + query : ""));
    }
    document.documentElement.className = "js";
    document.addEventListener("DOMContentLoaded", start);
})();
