// SPDX-License-Identifier: Apache-2.0
// Adds to pages that work without it: Copy buttons, the form in a dialog over
// the list, days to choose from, one sending of a form for one press (the
// second answer would hide a token that was just made), and this server's
// address as the browser knows it. Its words stand in the pages.
(function () {
    "use strict";

    function all(css) {
        return Array.from(document.querySelectorAll(css));
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

    function select(element) {
        var range = document.createRange();
        range.selectNodeContents(element);
        window.getSelection().removeAllRanges();
        window.getSelection().addRange(range);
    }

    function copy(element) {
        var status = byId("copy-status");
        var writing = navigator.clipboard
            ? navigator.clipboard.writeText(element.textContent)
            : Promise.reject(new Error("no clipboard"));
        status.textContent = "";
        writing.then(function () {
            status.textContent = status.dataset.copied;
        }, function () {
            select(element);
            status.textContent = status.dataset.selected;
        });
    }

    function addCopyButtons(status) {
        all(".code").forEach(function (box, number) {
            var button = document.createElement("button");
            var title = box.previousElementSibling;
            button.type = "button";
            button.className = "button";
            button.textContent = status.dataset.button;
            button.id = "copy-" + number;
            title.id = title.id || "recipe-" + number;
            button.setAttribute("aria-labelledby", button.id + " " + title.id);
            box.append(button);
            on([button], "click", function () { copy(box.firstChild); });
        });
        on(all("[data-copy]"), "click", function (button) {
            copy(byId(button.dataset.copy));
        });
        on(all("button"), "blur", function () { status.textContent = ""; });
    }

    // ---- The form

    function sendOnce(form) {
        on([form], "submit", function (form, event) {
            if (form.dataset.sent) {
                event.preventDefault();
            }
            form.dataset.sent = "yes";
            // Somebody who stopped the sending may send again.
            setTimeout(function () { delete form.dataset.sent; }, 5000);
        });
    }

    function showChoice(input) {
        var said = byId("instant");
        var chips = all(".chip");
        var match = chips.filter(function (chip) {
            return chip.dataset.day === input.value
                && !input.validity.badInput;
        })[0];
        chips.forEach(function (chip) {
            chip.setAttribute("aria-pressed", String(chip === match
                || (!match && chip.dataset.day === "custom")));
        });
        said.textContent = "";
        if (input.validity.badInput) {
            return;
        }
        if (!input.value) {
            said.textContent = said.dataset.never;
        } else if (input.validity.valid) {
            said.textContent = said.dataset.through + " " + input.value
                + said.dataset.end;
        }
    }

    function choose(input, day) {
        if (day !== "custom") {
            input.value = day;
            showChoice(input);
            return;
        }
        input.focus();
        try {
            input.showPicker();
        } catch (ignored) {
            // The field has the focus: the day can be typed.
        }
    }

    function enhanceForm(input) {
        input.removeAttribute("list");
        ["input", "change", "keyup"].forEach(function (event) {
            on([input], event, showChoice);
        });
        on(all(".chip"), "click", function (chip) {
            choose(input, chip.dataset.day);
        });
        showChoice(input);
        // What the browser restores on the way back comes after this.
        window.addEventListener("pageshow", function () { showChoice(input); });
    }

    function addDialog(dialog) {
        on(all("[data-opens]"), "click", function (link, event) {
            if (!event.ctrlKey && !event.metaKey && !event.shiftKey) {
                event.preventDefault();
                dialog.showModal();
                byId("label").focus();
            }
        });
        on(all("dialog [data-closes]"), "click", function (link, event) {
            event.preventDefault();
            dialog.close();
        });
    }

    // ---- The list

    function addSelectAll(box) {
        var boxes = all("input[name=id]");
        function show() {
            var ticked = boxes.filter(function (b) { return b.checked; }).length;
            box.checked = ticked === boxes.length;
            box.indeterminate = ticked > 0 && ticked < boxes.length;
        }
        on([box], "change", function () {
            boxes.forEach(function (b) { b.checked = box.checked; });
        });
        on(boxes, "change", show);
        window.addEventListener("pageshow", show);
    }

    function start() {
        all("form[method=post]").forEach(sendOnce);
        fill("data-scheme", location.protocol.slice(0, -1));
        fill("data-host", location.host);
        fill("data-hostname", location.hostname);
        [["copy-status", addCopyButtons], ["expires", enhanceForm],
            ["create", addDialog], ["all", addSelectAll]].forEach(function (part) {
            if (byId(part[0])) {
                part[1](byId(part[0]));
            }
        });
        // A reload, or the way back, opens the list and sends nothing again.
        if (byId("token")) {
            history.replaceState(null, "", all(".actions a")[0].href);
        }
    }

    // A page from the browser's memory may show what is no longer so.
    window.addEventListener("pageshow", function (event) {
        if (event.persisted && byId("token")) {
            location.replace(all(".actions a")[0].href);
        } else if (event.persisted) {
            location.reload();
        }
    });
    // What a list has said once, a reload does not say again.
    if (/[?&]done=/.test(location.search)) {
        history.replaceState(null, "", location.pathname);
    }
    document.documentElement.className = "js";
    document.addEventListener("DOMContentLoaded", start);
})();
