// SPDX-License-Identifier: Apache-2.0
// Adds to pages that work without it: Copy buttons, one sending of a form for
// one press (the second answer would hide a token that was just made), and
// this server's address as the browser knows it.
(function () {
    "use strict";

    function fill(attribute, text) {
        document.querySelectorAll("[" + attribute + "]").forEach(function (e) {
            e.textContent = text;
        });
    }

    function select(element) {
        var range = document.createRange();
        range.selectNodeContents(element);
        var selection = window.getSelection();
        selection.removeAllRanges();
        selection.addRange(range);
    }

    function say(text) {
        document.getElementById("copy-status").textContent = text;
    }

    // "Copied" is said only when the clipboard has it.
    function copy(element) {
        var writing = navigator.clipboard
            ? navigator.clipboard.writeText(element.textContent)
            : Promise.reject(new Error("no clipboard"));
        writing.then(function () {
            say("Copied");
        }, function () {
            select(element);
            say("The text is selected: press Ctrl+C, or ⌘C on a Mac.");
        });
    }

    function sendOnce(form) {
        form.addEventListener("submit", function (event) {
            if (form.dataset.sent) {
                event.preventDefault();
            }
            form.dataset.sent = "yes";
        });
        // A page that comes back from the browser's memory may send again.
        window.addEventListener("pageshow", function () {
            delete form.dataset.sent;
        });
    }

    document.querySelectorAll("form").forEach(sendOnce);
    fill("data-scheme", location.protocol.slice(0, -1));
    fill("data-host", location.host);
    fill("data-hostname", location.hostname);
    document.querySelectorAll("[data-copy]").forEach(function (button) {
        button.hidden = false;
        button.addEventListener("click", function () {
            copy(document.getElementById(button.dataset.copy));
        });
    });
})();
