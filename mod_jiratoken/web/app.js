// SPDX-License-Identifier: Apache-2.0
// Adds to pages that work without it: Copy buttons, and this server's address
// as the browser knows it (a proxy may have given httpd another).
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

    fill("data-scheme", location.protocol.slice(0, -1));
    fill("data-host", location.host);
    document.querySelectorAll("[data-copy]").forEach(function (button) {
        button.hidden = false;
        button.addEventListener("click", function () {
            copy(document.getElementById(button.dataset.copy));
        });
    });
})();
