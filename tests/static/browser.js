// What modules want of a browser when they are imported, for tests of their logic outside of one.

globalThis.window = new EventTarget();
globalThis.document = Object.assign(new EventTarget(), { hidden: false });
