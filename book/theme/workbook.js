// Everything on a page works without this file; it makes three things more pleasant.

// mdBook's label for the sidebar is a button in this book: it moves the checkbox itself.
document.getElementById('mdbook-sidebar-toggle')?.addEventListener('click', (event) => {
    if (event.currentTarget instanceof HTMLButtonElement) {
        document.getElementById('mdbook-sidebar-toggle-anchor').click();
    }
});

// What is wider than the page can be scrolled from the keyboard.
const mind = () => {
    for (const box of document.querySelectorAll('pre > code, .wide, .table-wrapper')) {
        if (box.scrollWidth > box.clientWidth) {
            box.tabIndex = 0;
        } else {
            box.removeAttribute('tabindex');
        }
    }
};
mind();
addEventListener('resize', mind);
document.addEventListener('toggle', mind, true);
document.fonts?.ready.then(mind);

// The copy button of a transcript takes the commands only: no prompt, no output.
document.addEventListener('click', (event) => {
    const button = event.target.closest?.('.transcript .clip-button');
    if (!button) { return; }
    event.stopImmediatePropagation();
    const commands = [...button.closest('pre').querySelectorAll('.command')];
    const text = commands.map((line) => line.textContent.replace(/^\$ /, '').trim()).join('\n');
    navigator.clipboard.writeText(text).then(() => {
        button.innerHTML = '<i class="tooltiptext">Copied!</i>';
        button.className = 'clip-button tooltipped';
    });
}, true);
