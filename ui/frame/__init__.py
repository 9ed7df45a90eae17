"""What stands around every page: navigation, header, the way to data, and the guard at the door.

navigation   the pages, in one table
ahead        the model is loaded before somebody asks
start        what the server does once, as it starts
seats        how many people one server takes
uploads      how much one visitor may have uploaded
guard        who may ask the server, and who may frame it
oddities     what is odd about the data set in use
data_dialog  the dialog for choosing a folder or downloading ESC-50
starter      the synthetic starter set, made in the background
trunk        what is missing without YAMNet, and its download
notebooks    the notebooks of a page, as files
header       title, sentence, and the buttons for data and model
"""
