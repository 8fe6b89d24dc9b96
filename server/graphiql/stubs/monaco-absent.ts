// Parts of monaco that nothing on this page can open: its constructors name them, so they cannot be tree-shaken.
export class DiffEditorWidget {}
export class MultiDiffEditorWidget {}
export class StandaloneQuickInputService {}
