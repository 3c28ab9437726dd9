// Opens every page of the built book in a browser and looks at it; then clicks through it as a
// reader does. Prints every fault and exits with 1 if there is one.
//
//     npm ci --ignore-scripts && node check.mjs ../../target/book [clicks]
//
// With `clicks` it only clicks, which is soon done.
//
// Where there is no Chromium it says so and exits with 0. CHROMIUM names another one.
import { execFileSync } from 'node:child_process';
import { chromium } from 'playwright-core';
import { clicks } from './clicks.mjs';
import { serve } from './serve.mjs';
import { views } from './views.mjs';

/// The first browser that answers.
function browser() {
    const names = [process.env.CHROMIUM, 'chromium', 'chromium-browser', 'google-chrome', 'chrome'];
    return names.filter(Boolean).find((name) => {
        try {
            execFileSync(name, ['--version'], { stdio: 'ignore' });
            return true;
        } catch {
            return false;
        }
    });
}

const path = (name) => execFileSync('sh', ['-c', 'command -v "$0"', name]).toString().trim();

const found = browser();
if (!found) {
    console.log('the book is not looked at: there is no Chromium here');
    process.exit(0);
}
const site = await serve(process.argv[2] ?? '../../target/book');
const chrome = await chromium.launch({
    executablePath: path(found),
    args: [
        '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
        '--disable-background-networking', '--disable-component-update', '--disable-sync',
    ],
});
const faults = [];
try {
    const looked = process.argv[3] === 'clicks' ? 0 : await views(chrome, site, faults);
    const clicked = await clicks(chrome, site, faults);
    console.log(`${site.pages.length} pages, ${looked} views, ${clicked} things clicked through, ${faults.length} faults`);
} finally {
    await chrome.close();
    site.close();
}
for (const fault of faults) { console.log(fault); }
process.exit(faults.length ? 1 : 0);
