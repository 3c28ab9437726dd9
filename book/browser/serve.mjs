// Serves the built book on the loopback address.
import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';

const TYPES = {
    css: 'text/css', html: 'text/html', js: 'text/javascript', json: 'application/json',
    png: 'image/png', svg: 'image/svg+xml', woff2: 'font/woff2',
};

/// The pages that a reader sees, and where they are served.
export async function serve(folder) {
    const files = readdirSync(folder, { recursive: true });
    // toc.html is a part of the others; index.html is the first chapter again.
    const pages = files.filter((file) => file.endsWith('.html') && !/^(toc|index)\.html$/.test(file)).sort();
    const server = createServer((request, response) => {
        const file = path.join(folder, decodeURIComponent(new URL(request.url, 'http://x').pathname));
        try {
            const body = readFileSync(file);
            response.setHeader('content-type', TYPES[file.split('.').pop()] ?? 'application/octet-stream');
            response.end(body);
        } catch {
            response.statusCode = 404;
            response.end();
        }
    });
    await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
    const close = () => { server.closeAllConnections(); server.close(); };
    return { base: `http://127.0.0.1:${server.address().port}/`, pages, close };
}
